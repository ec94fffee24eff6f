//! Sums that are scaled in double precision, as FULLY_CONNECTED does.

use super::integer::Epilogue;
use super::{Sums, Tile, for_each_sum};
use crate::instruction_set::InstructionSet;
use crate::target::Target;

/// What becomes of the sums of a fully connected layer: the product with a real factor, rounded half away from zero.
#[derive(Debug, Clone)]
pub(crate) struct RealScaling {
    /// One factor for each output: input scale · filter scale / output scale.
    pub(crate) factors: Vec<f64>,
    /// Zero point of the output.
    pub(crate) zero_point: i32,
    /// The bounds of the activation.
    pub(crate) clamp: (i32, i32),
}

impl Epilogue for RealScaling {
    type Output = u8;

    unsafe fn finish(
        &self,
        _set: InstructionSet,
        tile: Tile,
        channels: usize,
        sums: &Sums<i32>,
        target: Target<u8>,
    ) {
        let finish = |_, channel: usize, sum: i32| {
            let scaled = (f64::from(sum) * self.factors[channel]).round() as i32;
            scaled
                .saturating_add(self.zero_point)
                .clamp(self.clamp.0, self.clamp.1) as u8
        };
        // SAFETY: the caller's promise.
        unsafe { for_each_sum(tile, channels, sums, target, finish) };
    }
}
