//! Integer weights that meet floats, which are quantized row by row at run time.

pub(crate) mod rows;

use super::integer::Epilogue;
use super::{Sums, Tile, for_each_sum};
use crate::instruction_set::InstructionSet;
use crate::target::Target;

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
    /// One bias for each output channel.
    pub(crate) bias: Option<&'a [f32]>,
    /// The bounds of the activation.
    pub(crate) clamp: (f32, f32),
    /// How the scales are multiplied.
    pub(crate) order: ScaleOrder,
}

impl Epilogue for DynamicRange<'_> {
    type Output = f32;

    unsafe fn finish(
        &self,
        _set: InstructionSet,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<f32>,
    ) {
        let finish = |row: usize, channel: usize, sum: i32| {
            let [scale, zero_point] = self.rows[row / self.outputs];
            let (row_scale, zero_point) = (f32::from_bits(scale), zero_point as i32);
            let sum = sum.wrapping_sub(zero_point.wrapping_mul(self.weight_sums[channel])) as f32;
            let real = match self.order {
                ScaleOrder::ScalesFirst => sum * (row_scale * self.scales[channel]),
                ScaleOrder::WeightsFirst => sum * self.scales[channel] * row_scale,
            };
            // Adding 0 turns −0 into +0, as the reference does for a missing bias.
            let bias = self.bias.map_or(0.0, |bias| bias[channel]);
            (real + bias).clamp(self.clamp.0, self.clamp.1)
        };
        // SAFETY: the caller's promise.
        unsafe { for_each_sum(tile, channels, sums, target, finish) };
    }
}
