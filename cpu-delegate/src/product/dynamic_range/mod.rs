//! Integer weights that meet floats, which are quantized row by row at run time.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
pub(crate) mod rows;

use super::integer::Epilogue;
use super::panels::PANEL;
use super::{Sums, Tile, for_each_sum};
use crate::instruction_set::InstructionSet;
#[cfg(target_arch = "x86_64")]
use crate::instruction_set::Vectors;
use crate::memory::Aligned;
use crate::target::Target;

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
        unsafe {
            match set.vectors() {
                #[cfg(target_arch = "x86_64")]
                Vectors::Bits512 => {
                    self.finish_avx512(tile, channels, sums, target);
                }
                #[cfg(target_arch = "x86_64")]
                Vectors::Bits256 => {
                    self.finish_avx2(tile, channels, sums, target);
                }
                _ => for_each_sum(tile, channels, sums, target, |row, channel, sum| {
                    self.output(row, channel, sum)
                }),
            }
        }
    }
}

impl DynamicRange<'_> {
    /// The output of a sum.
    fn output(&self, row: usize, channel: usize, sum: i32) -> f32 {
        let [row_scale, zero_point] = self.rows[row / self.outputs];
        let (row_scale, zero_point) = (f32::from_bits(row_scale), zero_point as i32);
        let scale = self.channels.scales.as_slice()[channel];
        let correction = zero_point.wrapping_mul(self.channels.weight_sums.as_slice()[channel]);
        let sum = sum.wrapping_sub(correction) as f32;
        let scaled = match self.order {
            ScaleOrder::ScalesFirst => sum * (row_scale * scale),
            ScaleOrder::WeightsFirst => sum * scale * row_scale,
        };
        (scaled + self.channels.bias.as_slice()[channel]).clamp(self.clamp.0, self.clamp.1)
    }
}
