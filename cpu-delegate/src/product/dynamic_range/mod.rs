//! Integer weights that meet floats, which are quantized row by row at run time.

pub(crate) mod rows;

use std::iter::zip;

use super::integer::Epilogue;
use super::panels::PANEL;
use super::{Sums, Tile};
use crate::instruction_set::InstructionSet;
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

/// What becomes of sums over rows that were quantized one by one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DynamicRange<'a> {
    /// The scale of each output channel's weights.
    pub(crate) scales: &'a [f32],
    /// The sum of each output channel's weights.
    pub(crate) weight_sums: &'a [i32],
    /// For each row that was quantized, the bits of its scale, and what is subtracted for each unit of the weights' sum.
    pub(crate) rows: &'a [[u32; 2]],
    /// Rows of outputs for each row that was quantized.
    pub(crate) outputs: usize,
    /// One bias for each output channel; 0, which turns −0 into +0 as in the reference, where the layer has none.
    pub(crate) bias: &'a [f32],
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
        for row in 0..tile.rows {
            let index = tile.row + row;
            for panel in 0..tile.panels {
                let channel = (tile.panel + panel) * PANEL;
                let count = PANEL.min(channels - channel);
                // SAFETY: the caller's promise.
                let output = unsafe {
                    let first = target.first().add(index * target.stride + channel);
                    std::slice::from_raw_parts_mut(first, count)
                };
                let sums = &sums.0[row * tile.panels + panel][..count];
                dispatch(set, || self.panel(index, channel, sums, output));
            }
        }
    }
}

impl DynamicRange<'_> {
    /// The outputs of the channels from `channel` on.
    #[inline(always)]
    fn panel(&self, row: usize, channel: usize, sums: &[i32], output: &mut [f32]) {
        let count = sums.len();
        let [scale, zero_point] = self.rows[row / self.outputs];
        let (row_scale, zero_point) = (f32::from_bits(scale), zero_point as i32);
        let weights = zip(
            &self.scales[channel..][..count],
            &self.weight_sums[channel..][..count],
        );
        let sums = zip(sums, weights).map(|(&sum, (&scale, &weight_sum))| {
            (
                sum.wrapping_sub(zero_point.wrapping_mul(weight_sum)) as f32,
                scale,
            )
        });
        let sums = zip(sums, &self.bias[channel..][..count]);
        let (low, high) = self.clamp;
        match self.order {
            ScaleOrder::ScalesFirst => {
                for (output, ((sum, scale), bias)) in zip(output, sums) {
                    *output = (sum * (row_scale * scale) + bias).clamp(low, high);
                }
            }
            ScaleOrder::WeightsFirst => {
                for (output, ((sum, scale), bias)) in zip(output, sums) {
                    *output = (sum * scale * row_scale + bias).clamp(low, high);
                }
            }
        }
    }
}
