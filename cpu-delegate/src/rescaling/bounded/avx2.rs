//! Eight sums at a time.

use std::arch::x86_64::*;

use super::BoundedRescaling;
use crate::product::panels::PANEL;
use crate::product::{Sums, Tile};
use crate::target::Target;

/// The factors of eight channels.
#[derive(Clone, Copy)]
struct HalfPanel {
    multiplier: __m256i,
    nudge: [__m256i; 2],
    left: __m256i,
    right: __m256i,
    /// The channels that are rounded twice.
    twice: __m256i,
}

impl HalfPanel {
    /// What eight sums come to, without the zero point.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn apply(&self, sums: __m256i) -> __m256i {
        let twice = _mm256_sllv_epi32(sums, self.left);
        let even = _mm256_mul_epi32(twice, self.multiplier);
        let odd = _mm256_mul_epi32(
            _mm256_srli_epi64::<32>(twice),
            _mm256_srli_epi64::<32>(self.multiplier),
        );
        let even = _mm256_add_epi64(even, self.nudge[0]);
        let odd = _mm256_add_epi64(odd, self.nudge[1]);
        // The high halves: those of odd channels are in place.
        let high = _mm256_blend_epi32::<0b1010_1010>(_mm256_srli_epi64::<32>(even), odd);
        let signs = _mm256_and_si256(_mm256_srai_epi32::<31>(sums), self.twice);
        _mm256_srav_epi32(_mm256_add_epi32(high, signs), self.right)
    }
}

impl BoundedRescaling {
    /// The factors of half of the panel that begins at `channel`.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn half_panel(&self, channel: usize, half: usize) -> HalfPanel {
        let factors = &self.panels[channel / PANEL];
        // SAFETY: sixteen elements are there.
        unsafe {
            let load =
                |from: &[i32; PANEL]| _mm256_load_si256(from.as_ptr().add(half * PANEL / 2).cast());
            let nudge = factors.nudge.as_ptr().add(half * PANEL / 4);
            let right = load(&factors.right);
            HalfPanel {
                multiplier: load(&factors.multiplier),
                nudge: [
                    _mm256_load_si256(nudge.cast()),
                    _mm256_load_si256(nudge.add(PANEL / 2).cast()),
                ],
                left: load(&factors.left),
                right,
                twice: _mm256_cmpgt_epi32(right, _mm256_setzero_si256()),
            }
        }
    }

    /// Writes the bytes that the sums of a tile come to.
    ///
    /// # Safety
    /// `target` has room for the tile.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn finish_avx2(
        &self,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<u8>,
    ) {
        let (down, low, high) = self.rescaling.signed_clamp();
        let zero_point = _mm256_set1_epi16((self.rescaling.zero_point - down) as i16);
        let (low, high) = (_mm_set1_epi8(low), _mm_set1_epi8(high));
        let flip = _mm_set1_epi8(down as i8);
        for p in 0..tile.panels {
            let channel = (tile.panel + p) * PANEL;
            let halves = [self.half_panel(channel, 0), self.half_panel(channel, 1)];
            let count = PANEL.min(channels - channel);
            for row in 0..tile.rows {
                let sums = sums.0[row * tile.panels + p].as_ptr().cast::<__m256i>();
                // SAFETY: sixteen sums are there.
                let sums = unsafe { [_mm256_loadu_si256(sums), _mm256_loadu_si256(sums.add(1))] };
                let words = _mm256_packs_epi32(halves[0].apply(sums[0]), halves[1].apply(sums[1]));
                let words = _mm256_adds_epi16(words, zero_point);
                let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(words);
                let bytes = _mm_packs_epi16(
                    _mm256_castsi256_si128(words),
                    _mm256_extracti128_si256::<1>(words),
                );
                let bytes = _mm_xor_si128(_mm_min_epi8(_mm_max_epi8(bytes, low), high), flip);
                // SAFETY: the target has room for the channels that there are.
                unsafe {
                    let first = target.first.add((tile.row + row) * target.stride + channel);
                    if count == PANEL {
                        _mm_storeu_si128(first.cast(), bytes);
                    } else {
                        let mut all = [0_u8; PANEL];
                        _mm_storeu_si128(all.as_mut_ptr().cast(), bytes);
                        std::ptr::copy_nonoverlapping(all.as_ptr(), first, count);
                    }
                }
            }
        }
    }
}
