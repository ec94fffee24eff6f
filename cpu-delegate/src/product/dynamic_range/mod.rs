//! Integer weights that meet floats, which are quantized row by row at run time.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
pub(crate) mod rows;

use super::integer::Epilogue;
use super::panels::PANEL;
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
        #[cfg(target_arch = "x86_64")]
        if matches!(set, InstructionSet::Avx512 | InstructionSet::Avx512Vnni) {
            // SAFETY: the caller's promise.
            unsafe { self.finish_avx512(tile, channels, sums, target) };
            return;
        }
        // SAFETY: the caller's promise.
        let mut write = |row: usize, channel: usize, output: &[f32; PANEL]| unsafe {
            let first = target.first().add(row * target.stride + channel);
            std::ptr::copy_nonoverlapping(output.as_ptr(), first, PANEL.min(channels - channel));
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
