//! Eight sums at a time.

use std::arch::x86_64::*;

use super::{DynamicRange, ScaleOrder};
use crate::product::panels::PANEL;
use crate::product::stores::store_floats;
use crate::product::{Sums, Tile};
use crate::target::Target;

/// What turns the sums of eight channels over a row that was quantized into floats.
#[derive(Clone, Copy)]
struct HalfPanel {
    correction: __m256i,
    /// The factors in their order; the second is `None` where they were multiplied with each other.
    scale: __m256,
    row_scale: Option<__m256>,
    bias: __m256,
    clamp: (__m256, __m256),
}

impl HalfPanel {
    /// The outputs of eight sums.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn apply(&self, sums: __m256i) -> __m256 {
        let sums = _mm256_cvtepi32_ps(_mm256_sub_epi32(sums, self.correction));
        let scaled = _mm256_mul_ps(sums, self.scale);
        let scaled = match self.row_scale {
            Some(row_scale) => _mm256_mul_ps(scaled, row_scale),
            None => scaled,
        };
        // NaN stays: of two operands of which one is NaN these give the second.
        let (low, high) = self.clamp;
        _mm256_min_ps(high, _mm256_max_ps(low, _mm256_add_ps(scaled, self.bias)))
    }
}

impl DynamicRange<'_> {
    /// What turns the sums of the eight channels from `channel` on into floats, over a row that was quantized.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn half_panel(&self, channel: usize, row: usize) -> HalfPanel {
        let [row_scale, zero_point] = self.rows[row];
        let all = channel..channel + PANEL / 2;
        let scales = &self.channels.scales.as_slice()[all.clone()];
        let bias = &self.channels.bias.as_slice()[all.clone()];
        let weight_sums = &self.channels.weight_sums.as_slice()[all];
        // SAFETY: eight elements are there.
        let (scales, bias, weight_sums) = unsafe {
            (
                _mm256_loadu_ps(scales.as_ptr()),
                _mm256_loadu_ps(bias.as_ptr()),
                _mm256_loadu_si256(weight_sums.as_ptr().cast()),
            )
        };
        let row_scale = _mm256_set1_ps(f32::from_bits(row_scale));
        let (scale, row_scale) = match self.order {
            ScaleOrder::ScalesFirst => (_mm256_mul_ps(row_scale, scales), None),
            ScaleOrder::WeightsFirst => (scales, Some(row_scale)),
        };
        HalfPanel {
            correction: _mm256_mullo_epi32(_mm256_set1_epi32(zero_point as i32), weight_sums),
            scale,
            row_scale,
            bias,
            clamp: (_mm256_set1_ps(self.clamp.0), _mm256_set1_ps(self.clamp.1)),
        }
    }

    /// Writes the floats that the sums of a tile come to.
    ///
    /// # Safety
    /// `target` has room for the tile.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn finish_avx2(
        &self,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<f32>,
    ) {
        for p in 0..tile.panels {
            let channel = (tile.panel + p) * PANEL;
            let count = PANEL.min(channels - channel);
            let mut row = 0;
            while row < tile.rows {
                // Rows of outputs that share a row that was quantized.
                let quantized = (tile.row + row) / self.outputs;
                let end = (quantized + 1).saturating_mul(self.outputs) - tile.row;
                let halves = [channel, channel + PANEL / 2]
                    .map(|channel| self.half_panel(channel, quantized));
                for row in row..end.min(tile.rows) {
                    let sums = sums.0[row * tile.panels + p].as_ptr().cast::<__m256i>();
                    // SAFETY: sixteen sums are there, and room for the channels that there are.
                    unsafe {
                        let low = halves[0].apply(_mm256_loadu_si256(sums));
                        let high = halves[1].apply(_mm256_loadu_si256(sums.add(1)));
                        let first = target.first.add((tile.row + row) * target.stride + channel);
                        store_floats(first, [low, high], count);
                    }
                }
                row = end;
            }
        }
    }
}
