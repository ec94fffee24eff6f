//! Integer weights that meet floats, which are quantized row by row at run time.

pub(crate) mod rows;

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use super::integer::Epilogue;
use super::panels::PANEL;
#[cfg(target_arch = "x86_64")]
use super::panels::lanes;
use super::{Sums, Tile};
use crate::instruction_set::InstructionSet;
use crate::memory::Aligned;
use crate::target::Target;
use crate::vectors::dispatch;

/// In which order a layer multiplies a sum with its two scales; floats tell the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScaleOrder {
    /// The scales with each other first.
    ScalesFirst,
    /// The sum with the weights' scale first.
    WeightsFirst,
}

/// What a layer's output channels turn sums into floats with, filled up to whole panels.
#[derive(Debug, Clone)]
pub(crate) struct Channels {
    /// The scale of each output channel's weights.
    scales: Aligned<f32>,
    /// One bias for each output channel; 0, which turns −0 into +0 as in the reference, where the layer has none.
    bias: Aligned<f32>,
    /// The sum of each output channel's weights.
    weight_sums: Aligned<i32>,
}

impl Channels {
    /// Output channels with these scales.
    pub(crate) fn new(scales: &[f32], bias: Option<&[f32]>, weight_sums: &[i32]) -> Self {
        let panels = scales.len().div_ceil(PANEL);
        let mut channels = Channels {
            scales: Aligned::zeroed(panels * PANEL),
            bias: Aligned::zeroed(panels * PANEL),
            weight_sums: Aligned::zeroed(panels * PANEL),
        };
        channels.scales.as_mut_slice()[..scales.len()].copy_from_slice(scales);
        if let Some(bias) = bias {
            channels.bias.as_mut_slice()[..bias.len()].copy_from_slice(bias);
        }
        channels.weight_sums.as_mut_slice()[..weight_sums.len()].copy_from_slice(weight_sums);
        channels
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        3 * size_of_val(self.scales.as_slice())
    }
}

/// What becomes of sums over rows that were quantized one by one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DynamicRange<'a> {
    /// The output channels.
    pub(crate) channels: &'a Channels,
    /// For each row that was quantized, the bits of its scale, and what is subtracted for each unit of the weights' sum.
    pub(crate) rows: &'a [[u32; 2]],
    /// Rows of outputs for each row that was quantized.
    pub(crate) outputs: usize,
    /// The bounds of the activation.
    pub(crate) clamp: (f32, f32),
    /// How the scales are multiplied.
    pub(crate) order: ScaleOrder,
}

impl Epilogue for DynamicRange<'_> {
    type Output = f32;

    unsafe fn finish(
        &self,
        set: InstructionSet,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<f32>,
    ) {
        // SAFETY: the caller's promise.
        let mut write = |row: usize, channel: usize, output: &[f32; PANEL]| unsafe {
            let first = target.first().add(row * target.stride + channel);
            if channels - channel >= PANEL {
                first.cast::<[f32; PANEL]>().write_unaligned(*output);
            } else {
                std::ptr::copy_nonoverlapping(output.as_ptr(), first, channels - channel);
            }
        };
        dispatch(
            set,
            #[inline(always)]
            || match self.order {
                ScaleOrder::ScalesFirst => self.tile(
                    tile,
                    sums,
                    #[inline(always)]
                    |sum, scale, row_scale| sum * (row_scale * scale),
                    &mut write,
                ),
                ScaleOrder::WeightsFirst => self.tile(
                    tile,
                    sums,
                    #[inline(always)]
                    |sum, scale, row_scale| sum * scale * row_scale,
                    &mut write,
                ),
            },
        );
    }
}

impl DynamicRange<'_> {
    /// Writes `count` of the outputs of sixteen sums, of the channels from `channel` on, where one row was quantized.
    ///
    /// # Safety
    /// There is room for the outputs; the processor has AVX-512.
    #[cfg(target_arch = "x86_64")]
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    pub(crate) unsafe fn write_panel(
        &self,
        sums: __m512i,
        channel: usize,
        first: *mut f32,
        count: usize,
    ) {
        let [row_scale, zero_point] = self.rows[0];
        let (low, high) = (_mm512_set1_ps(self.clamp.0), _mm512_set1_ps(self.clamp.1));
        let channels = self.channels;
        let scales = &channels.scales.as_slice()[channel..][..PANEL];
        let bias = &channels.bias.as_slice()[channel..][..PANEL];
        let weight_sums = &channels.weight_sums.as_slice()[channel..][..PANEL];
        // SAFETY: sixteen elements are there; the mask leaves what lies beyond the count alone.
        unsafe {
            let weight_sums = _mm512_loadu_epi32(weight_sums.as_ptr());
            let zero_point = _mm512_set1_epi32(zero_point as i32);
            let sums = _mm512_sub_epi32(sums, _mm512_mullo_epi32(zero_point, weight_sums));
            let (sums, scales) = (_mm512_cvtepi32_ps(sums), _mm512_loadu_ps(scales.as_ptr()));
            let row_scale = _mm512_set1_ps(f32::from_bits(row_scale));
            let scaled = match self.order {
                ScaleOrder::ScalesFirst => _mm512_mul_ps(sums, _mm512_mul_ps(row_scale, scales)),
                ScaleOrder::WeightsFirst => _mm512_mul_ps(_mm512_mul_ps(sums, scales), row_scale),
            };
            // NaN stays: of two operands of which one is NaN these give the second.
            let outputs = _mm512_add_ps(scaled, _mm512_loadu_ps(bias.as_ptr()));
            let outputs = _mm512_min_ps(high, _mm512_max_ps(low, outputs));
            _mm512_mask_storeu_ps(first, lanes(count), outputs);
        }
    }

    /// Calls `write` with the outputs of each row and panel of a tile.
    #[inline(always)]
    fn tile(
        &self,
        tile: Tile,
        sums: &Sums<i32>,
        scaled: impl Fn(f32, f32, f32) -> f32,
        mut write: impl FnMut(usize, usize, &[f32; PANEL]),
    ) {
        let (low, high) = self.clamp;
        for row in 0..tile.rows {
            let [row_scale, zero_point] = self.rows[(tile.row + row) / self.outputs];
            let (row_scale, zero_point) = (f32::from_bits(row_scale), zero_point as i32);
            for panel in 0..tile.panels {
                let sums = &sums.0[row * tile.panels + panel];
                let channel = (tile.panel + panel) * PANEL;
                let scales = &self.channels.scales.as_slice()[channel..][..PANEL];
                let bias = &self.channels.bias.as_slice()[channel..][..PANEL];
                let weight_sums = &self.channels.weight_sums.as_slice()[channel..][..PANEL];
                let mut output = [0.0; PANEL];
                for lane in 0..PANEL {
                    let correction = zero_point.wrapping_mul(weight_sums[lane]);
                    let sum = sums[lane].wrapping_sub(correction) as f32;
                    let value = scaled(sum, scales[lane], row_scale) + bias[lane];
                    // NaN stays.
                    let value = if value < low { low } else { value };
                    output[lane] = if value > high { high } else { value };
                }
                write(tile.row + row, channel, &output);
            }
        }
    }
}
