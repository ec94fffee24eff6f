//! Sixteen sums at a time.

use std::arch::x86_64::*;

use super::{DynamicRange, ScaleOrder};
use crate::product::panels::{PANEL, lanes};
use crate::product::{Sums, Tile};
use crate::target::Target;

/// What turns the sums of sixteen channels over a row that was quantized into floats.
#[derive(Clone, Copy)]
pub(crate) struct Panel {
    correction: __m512i,
    /// The factors in their order; the second is `None` where they were multiplied with each other.
    scale: __m512,
    row_scale: Option<__m512>,
    bias: __m512,
    clamp: (__m512, __m512),
}

impl Panel {
    /// The outputs of sixteen sums.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    pub(crate) fn apply(&self, sums: __m512i) -> __m512 {
        let sums = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums, self.correction));
        let scaled = _mm512_mul_ps(sums, self.scale);
        let scaled = match self.row_scale {
            Some(row_scale) => _mm512_mul_ps(scaled, row_scale),
            None => scaled,
        };
        // NaN stays: of two operands of which one is NaN these give the second.
        let (low, high) = self.clamp;
        _mm512_min_ps(high, _mm512_max_ps(low, _mm512_add_ps(scaled, self.bias)))
    }
}

/// What sixteen channels turn sums into floats with, over any row.
#[derive(Clone, Copy)]
struct Channels {
    scales: __m512,
    bias: __m512,
    weight_sums: __m512i,
}

impl DynamicRange<'_> {
    /// What turns the sums of the sixteen channels from `channel` on into floats, over a row that was quantized.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    pub(crate) fn panel(&self, channel: usize, row: usize) -> Panel {
        self.over(self.channels_from(channel), row)
    }

    /// The sixteen channels from `channel` on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn channels_from(&self, channel: usize) -> Channels {
        let all = channel..channel + PANEL;
        let scales = &self.channels.scales.as_slice()[all.clone()];
        let bias = &self.channels.bias.as_slice()[all.clone()];
        let weight_sums = &self.channels.weight_sums.as_slice()[all];
        // SAFETY: sixteen elements are there.
        unsafe {
            Channels {
                scales: _mm512_loadu_ps(scales.as_ptr()),
                bias: _mm512_loadu_ps(bias.as_ptr()),
                weight_sums: _mm512_loadu_epi32(weight_sums.as_ptr()),
            }
        }
    }

    /// What turns the sums of channels into floats, over a row that was quantized.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn over(&self, channels: Channels, row: usize) -> Panel {
        let [row_scale, zero_point] = self.rows[row];
        let row_scale = _mm512_set1_ps(f32::from_bits(row_scale));
        let (scale, row_scale) = match self.order {
            ScaleOrder::ScalesFirst => (_mm512_mul_ps(row_scale, channels.scales), None),
            ScaleOrder::WeightsFirst => (channels.scales, Some(row_scale)),
        };
        let zero_point = _mm512_set1_epi32(zero_point as i32);
        Panel {
            correction: _mm512_mullo_epi32(zero_point, channels.weight_sums),
            scale,
            row_scale,
            bias: channels.bias,
            clamp: (_mm512_set1_ps(self.clamp.0), _mm512_set1_ps(self.clamp.1)),
        }
    }

    /// Writes the floats that the sums of a tile come to.
    ///
    /// # Safety
    /// `target` has room for the tile.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    pub(super) unsafe fn finish_avx512(
        &self,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<f32>,
    ) {
        for p in 0..tile.panels {
            let channel = (tile.panel + p) * PANEL;
            let mask = lanes(channels - channel);
            let all = self.channels_from(channel);
            // Rows of outputs up to `end` share a row that was quantized.
            let mut quantized = tile.row / self.outputs;
            let mut end = (quantized + 1).saturating_mul(self.outputs) - tile.row;
            let mut panel = self.over(all, quantized);
            for row in 0..tile.rows {
                if row == end {
                    quantized += 1;
                    end += self.outputs;
                    panel = self.over(all, quantized);
                }
                let sums = &sums.0[row * tile.panels + p];
                // SAFETY: sixteen sums are there; the mask leaves what lies beyond the channels alone.
                unsafe {
                    let outputs = panel.apply(_mm512_loadu_epi32(sums.as_ptr()));
                    let first = target.first.add((tile.row + row) * target.stride + channel);
                    _mm512_mask_storeu_ps(first, mask, outputs);
                }
            }
        }
    }
}
