//! Eight sums at a time.

use std::arch::x86_64::*;

use super::BoundedRescaling;
use super::line::Lines;
use crate::product::panels::PANEL;
use crate::product::stores::store_bytes;
use crate::product::{Sums, Tile};
use crate::rescaling::avx2::{odd_products, signed_bytes};
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
        let odd = odd_products(twice, self.multiplier);
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
    /// `target` has room for the tile; the processor has AVX2 and FMA.
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn finish_avx2(
        &self,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<u8>,
    ) {
        let (down, _, _) = self.rescaling.signed_clamp();
        let zero_point = _mm256_set1_epi32(self.rescaling.zero_point - down);
        for p in 0..tile.panels {
            let channel = (tile.panel + p) * PANEL;
            let place = (tile, p, channels);
            // SAFETY: the caller's promise.
            unsafe {
                match &self.lines[tile.panel + p] {
                    Some(lines) if lines.are_straight => {
                        let halves = [HalfLine::new(lines, 0), HalfLine::new(lines, 1)];
                        let apply = |half: usize, sums| halves[half].apply::<false>(sums);
                        self.finish_panel(apply, place, sums, target);
                    }
                    Some(lines) => {
                        let halves = [HalfLine::new(lines, 0), HalfLine::new(lines, 1)];
                        let apply = |half: usize, sums| halves[half].apply::<true>(sums);
                        self.finish_panel(apply, place, sums, target);
                    }
                    None => {
                        let halves = [self.half_panel(channel, 0), self.half_panel(channel, 1)];
                        let apply = |half: usize, sums| {
                            _mm256_add_epi32(halves[half].apply(sums), zero_point)
                        };
                        self.finish_panel(apply, place, sums, target);
                    }
                }
            }
        }
    }

    /// Writes the bytes of one panel of a tile; `apply` gives the results of eight sums of a half.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn finish_panel(
        &self,
        apply: impl Fn(usize, __m256i) -> __m256i,
        (tile, p, channels): (Tile, usize, usize),
        sums: &Sums<i32>,
        target: Target<u8>,
    ) {
        let (down, low, high) = self.rescaling.signed_clamp();
        let (low, high) = (_mm_set1_epi8(low), _mm_set1_epi8(high));
        let flip = _mm_set1_epi8(down as i8);
        let channel = (tile.panel + p) * PANEL;
        let count = PANEL.min(channels - channel);
        for row in 0..tile.rows {
            let sums = sums.0[row * tile.panels + p].as_ptr().cast::<__m256i>();
            // SAFETY: sixteen sums are there.
            let sums = unsafe { [_mm256_loadu_si256(sums), _mm256_loadu_si256(sums.add(1))] };
            let words = _mm256_packs_epi32(apply(0, sums[0]), apply(1, sums[1]));
            let bytes = _mm_min_epi8(_mm_max_epi8(signed_bytes(words), low), high);
            let bytes = _mm_xor_si128(bytes, flip);
            // SAFETY: the target has room for the channels that there are.
            unsafe {
                let first = target.first.add((tile.row + row) * target.stride + channel);
                store_bytes(first, bytes, count);
            }
        }
    }
}

/// The lines of eight channels.
#[derive(Clone, Copy)]
struct HalfLine {
    factor: __m256,
    offset: __m256,
    below: __m256,
}

impl HalfLine {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(lines: &Lines, half: usize) -> Self {
        // SAFETY: sixteen elements are there.
        let load =
            |from: &[f32; PANEL]| unsafe { _mm256_load_ps(from.as_ptr().add(half * PANEL / 2)) };
        HalfLine {
            factor: load(&lines.factor),
            offset: load(&lines.offset),
            below: load(&lines.below),
        }
    }

    /// What eight sums come to, the zero point with them; `BENT` where sums below zero have offsets of their own.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn apply<const BENT: bool>(&self, sums: __m256i) -> __m256i {
        let offset = if BENT {
            _mm256_blendv_ps(self.offset, self.below, _mm256_castsi256_ps(sums))
        } else {
            self.offset
        };
        let results = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), self.factor, offset);
        _mm256_cvtps_epi32(results)
    }
}
