//! Rescaling of eight sums at a time.

use std::arch::x86_64::*;

use super::Rescaling;
use crate::product::panels::PANEL;
use crate::product::stores::store_bytes;
use crate::product::{Sums, Tile};
use crate::target::Target;

/// The products of the odd lanes, in 64 bits.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn odd_products(left: __m256i, right: __m256i) -> __m256i {
    let (left, right) = (
        _mm256_srli_epi64::<32>(left),
        _mm256_srli_epi64::<32>(right),
    );
    let products;
    // SAFETY: the instruction touches nothing but registers. Of `_mm256_mul_epi32` the compiler makes three products where one operand
    // was shifted outside of the loop: there it no longer sees that 32 bits of it are enough.
    unsafe {
        std::arch::asm!(
            "vpmuldq {products}, {left}, {right}",
            products = lateout(ymm_reg) products,
            left = in(ymm_reg) left,
            right = in(ymm_reg) right,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    products
}

/// Sixteen words as bytes, of two vectors of eight numbers each that were packed as words.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn signed_bytes(words: __m256i) -> __m128i {
    let bytes = _mm_packs_epi16(
        _mm256_castsi256_si128(words),
        _mm256_extracti128_si256::<1>(words),
    );
    // The first halves of both vectors come before the second ones.
    _mm_shuffle_epi32::<0b11_01_10_00>(bytes)
}

/// The rounded high half of twice the product of each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn doubling_high_product(value: __m256i, multiplier: __m256i) -> __m256i {
    let nudge = _mm256_set1_epi64x(1 << 30);
    let even = _mm256_mul_epi32(value, multiplier);
    let odd = odd_products(value, multiplier);
    let even = _mm256_srli_epi64::<31>(_mm256_add_epi64(even, nudge));
    let odd = _mm256_slli_epi64::<1>(_mm256_add_epi64(odd, nudge));
    _mm256_blend_epi32::<0xaa>(even, odd)
}

/// `value` divided by two to the power of `right`, halves away from zero.
#[inline]
#[target_feature(enable = "avx2")]
fn rounding_divide_by_pot(value: __m256i, right: __m256i) -> __m256i {
    let ones = _mm256_set1_epi32(-1);
    let mask = _mm256_andnot_si256(_mm256_sllv_epi32(ones, right), ones);
    let remainder = _mm256_and_si256(value, mask);
    let threshold = _mm256_sub_epi32(_mm256_srli_epi32::<1>(mask), _mm256_srai_epi32::<31>(value));
    let up = _mm256_cmpgt_epi32(remainder, threshold);
    _mm256_sub_epi32(_mm256_srav_epi32(value, right), up)
}

/// The rescaling of eight channels, in registers.
#[derive(Clone, Copy)]
struct HalfPanel {
    multiplier: __m256i,
    left: __m256i,
    right: __m256i,
    zero_point: __m256i,
    low: __m256i,
    high: __m256i,
}

impl HalfPanel {
    /// The outputs of eight sums, as 32-bit integers.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn apply(&self, sums: __m256i) -> __m256i {
        let product = doubling_high_product(_mm256_sllv_epi32(sums, self.left), self.multiplier);
        let scaled = rounding_divide_by_pot(product, self.right);
        let output = _mm256_add_epi32(scaled, self.zero_point);
        _mm256_min_epi32(_mm256_max_epi32(output, self.low), self.high)
    }
}

/// The rescaling of sixteen channels, in registers.
#[derive(Clone, Copy)]
pub(crate) struct Panel([HalfPanel; 2]);

impl Panel {
    /// The low bytes of the outputs of sixteen sums.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(crate) fn bytes(&self, sums: [__m256i; 2]) -> __m128i {
        // Outputs are clamped to a type of a byte already.
        let byte = _mm256_set1_epi32(0xff);
        let low = _mm256_and_si256(self.0[0].apply(sums[0]), byte);
        let high = _mm256_and_si256(self.0[1].apply(sums[1]), byte);
        let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(low, high));
        _mm_packus_epi16(
            _mm256_castsi256_si128(words),
            _mm256_extracti128_si256::<1>(words),
        )
    }
}

impl Rescaling {
    /// The rescaling of the eight channels from `channel` on.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn half_panel_avx2(&self, channel: usize) -> HalfPanel {
        let load = |from: &[i32]| {
            let from = &from[channel..channel + 8];
            // SAFETY: eight elements are there.
            unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
        };
        let shift = load(self.shift.as_slice());
        let zero = _mm256_setzero_si256();
        HalfPanel {
            multiplier: load(self.multiplier.as_slice()),
            left: _mm256_max_epi32(shift, zero),
            right: _mm256_max_epi32(_mm256_sub_epi32(zero, shift), zero),
            zero_point: _mm256_set1_epi32(self.zero_point),
            low: _mm256_set1_epi32(self.clamp.0),
            high: _mm256_set1_epi32(self.clamp.1),
        }
    }

    /// The rescaling of the sixteen channels from `channel` on.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(crate) fn panel_avx2(&self, channel: usize) -> Panel {
        Panel([
            self.half_panel_avx2(channel),
            self.half_panel_avx2(channel + PANEL / 2),
        ])
    }

    /// Writes the bytes that the sums of a tile come to.
    ///
    /// # Safety
    /// `target` has room for the tile.
    #[target_feature(enable = "avx2")]
    pub(crate) unsafe fn finish_avx2(
        &self,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<u8>,
    ) {
        for p in 0..tile.panels {
            let channel = (tile.panel + p) * PANEL;
            let panel = self.panel_avx2(channel);
            let count = PANEL.min(channels - channel);
            for row in 0..tile.rows {
                let sums = sums.0[row * tile.panels + p].as_ptr().cast::<__m256i>();
                // SAFETY: sixteen sums are there.
                let bytes = panel
                    .bytes(unsafe { [_mm256_loadu_si256(sums), _mm256_loadu_si256(sums.add(1))] });
                // SAFETY: the target has room for the channels that there are.
                unsafe {
                    let first = target.first.add((tile.row + row) * target.stride + channel);
                    store_bytes(first, bytes, count);
                }
            }
        }
    }
}
