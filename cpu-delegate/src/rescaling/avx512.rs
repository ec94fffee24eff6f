//! Rescaling of sixteen sums at a time.

use std::arch::x86_64::*;

use super::Rescaling;
use crate::product::panels::{PANEL, lanes};
use crate::product::{Sums, Tile};
use crate::target::Target;

/// The rounded high half of twice the product of each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn doubling_high_product(value: __m512i, multiplier: __m512i) -> __m512i {
    let nudge = _mm512_set1_epi64(1 << 30);
    let even = _mm512_mul_epi32(value, multiplier);
    let odd = _mm512_mul_epi32(
        _mm512_srli_epi64::<32>(value),
        _mm512_srli_epi64::<32>(multiplier),
    );
    let even = _mm512_srli_epi64::<31>(_mm512_add_epi64(even, nudge));
    let odd = _mm512_slli_epi64::<1>(_mm512_add_epi64(odd, nudge));
    _mm512_mask_blend_epi32(0xaaaa, even, odd)
}

/// `value` divided by two to the power of `right`, halves away from zero.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn rounding_divide_by_pot(value: __m512i, right: __m512i) -> __m512i {
    let ones = _mm512_set1_epi32(-1);
    let mask = _mm512_andnot_si512(_mm512_sllv_epi32(ones, right), ones);
    let remainder = _mm512_and_si512(value, mask);
    let threshold = _mm512_sub_epi32(_mm512_srli_epi32::<1>(mask), _mm512_srai_epi32::<31>(value));
    let up = _mm512_cmpgt_epi32_mask(remainder, threshold);
    let quotient = _mm512_srav_epi32(value, right);
    _mm512_mask_sub_epi32(quotient, up, quotient, ones)
}

/// The rescaling of sixteen channels, in registers.
#[derive(Clone, Copy)]
pub(crate) struct Panel {
    multiplier: __m512i,
    left: __m512i,
    right: __m512i,
    zero_point: __m512i,
    low: __m512i,
    high: __m512i,
}

impl Rescaling {
    /// The rescaling of the sixteen channels from `channel` on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    pub(crate) fn panel_avx512(&self, channel: usize) -> Panel {
        let load = |from: &[i32]| {
            let from = &from[channel..channel + PANEL];
            // SAFETY: sixteen elements are there.
            unsafe { _mm512_loadu_epi32(from.as_ptr()) }
        };
        let shift = load(self.shift.as_slice());
        let zero = _mm512_setzero_si512();
        Panel {
            multiplier: load(self.multiplier.as_slice()),
            left: _mm512_max_epi32(shift, zero),
            right: _mm512_max_epi32(_mm512_sub_epi32(zero, shift), zero),
            zero_point: _mm512_set1_epi32(self.zero_point),
            low: _mm512_set1_epi32(self.clamp.0),
            high: _mm512_set1_epi32(self.clamp.1),
        }
    }

    /// Writes the bytes that the sums of a tile come to.
    ///
    /// # Safety
    /// `target` has room for the tile.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    pub(crate) unsafe fn finish_avx512(
        &self,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<u8>,
    ) {
        for p in 0..tile.panels {
            let channel = (tile.panel + p) * PANEL;
            let panel = self.panel_avx512(channel);
            let mask = lanes(channels - channel);
            for row in 0..tile.rows {
                let sums = &sums.0[row * tile.panels + p];
                // SAFETY: sixteen sums are there; the mask leaves bytes beyond the channels alone.
                unsafe {
                    let output = panel.apply(_mm512_loadu_epi32(sums.as_ptr()));
                    let first = target.first.add((tile.row + row) * target.stride + channel);
                    _mm512_mask_cvtepi32_storeu_epi8(first.cast(), mask, output);
                }
            }
        }
    }
}

impl Panel {
    /// The outputs of sixteen sums, as 32-bit integers.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    pub(crate) fn apply(&self, sums: __m512i) -> __m512i {
        let product = doubling_high_product(_mm512_sllv_epi32(sums, self.left), self.multiplier);
        let scaled = rounding_divide_by_pot(product, self.right);
        let output = _mm512_add_epi32(scaled, self.zero_point);
        _mm512_min_epi32(_mm512_max_epi32(output, self.low), self.high)
    }
}
