//! Eight sums at a time.

use std::arch::x86_64::*;

use super::{DynamicRange, ScaleOrder};
use crate::product::panels::PANEL;
use crate::product::stores::store_floats;
use crate::product::{Sums, Tile};
use crate::target::Target;

/// What eight channels turn sums into floats with.
#[derive(Clone, Copy)]
struct HalfPanel {
    scales: __m256,
    bias: __m256,
    weight_sums: __m256i,
    clamp: (__m256, __m256),
    order: ScaleOrder,
}

impl HalfPanel {
    /// The outputs of eight sums over a row that was quantized with this scale; its zero point is still in the sums.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn apply(&self, sums: __m256i, [row_scale, zero_point]: [u32; 2]) -> __m256 {
        let sums = match zero_point {
            0 => sums,
            _ => {
                let zero_point = _mm256_set1_epi32(zero_point as i32);
                _mm256_sub_epi32(sums, _mm256_mullo_epi32(zero_point, self.weight_sums))
            }
        };
        let sums = _mm256_cvtepi32_ps(sums);
        let row_scale = _mm256_set1_ps(f32::from_bits(row_scale));
        let scaled = match self.order {
            ScaleOrder::ScalesFirst => _mm256_mul_ps(sums, _mm256_mul_ps(row_scale, self.scales)),
            ScaleOrder::WeightsFirst => _mm256_mul_ps(_mm256_mul_ps(sums, self.scales), row_scale),
        };
        // NaN stays: of two operands of which one is NaN these give the second.
        let (low, high) = self.clamp;
        _mm256_min_ps(high, _mm256_max_ps(low, _mm256_add_ps(scaled, self.bias)))
    }
}

impl DynamicRange<'_> {
    /// What the eight channels from `channel` on turn sums into floats with.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn half_panel(&self, channel: usize) -> HalfPanel {
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
        HalfPanel {
            scales,
            bias,
            weight_sums,
            clamp: (_mm256_set1_ps(self.clamp.0), _mm256_set1_ps(self.clamp.1)),
            order: self.order,
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
            let low = self.half_panel(channel);
            let high = self.half_panel(channel + PANEL / 2);
            // Rows of outputs up to `end` share a row that was quantized.
            let mut quantized = tile.row / self.outputs;
            let mut end = (quantized + 1).saturating_mul(self.outputs) - tile.row;
            for row in 0..tile.rows {
                if row == end {
                    quantized += 1;
                    end += self.outputs;
                }
                let sums = sums.0[row * tile.panels + p].as_ptr().cast::<__m256i>();
                // SAFETY: sixteen sums are there, and room for the channels that there are.
                unsafe {
                    let low = low.apply(_mm256_loadu_si256(sums), self.rows[quantized]);
                    let high = high.apply(_mm256_loadu_si256(sums.add(1)), self.rows[quantized]);
                    let first = target.first.add((tile.row + row) * target.stride + channel);
                    store_floats(first, [low, high], count);
                }
            }
        }
    }
}
