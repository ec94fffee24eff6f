//! Activations that keep numbers within an interval.

use super::differentiable::{Differentiable, Met, Scratch};

/// Keeps numbers within an interval; at its ends and beyond the gradient is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Clamp {
    pub(super) least: f32,
    pub(super) greatest: f32,
}

impl Clamp {
    /// That of an interval, unless it holds every number.
    pub(super) fn new((least, greatest): (f32, f32)) -> Option<Self> {
        let is_any = least == f32::NEG_INFINITY && greatest == f32::INFINITY;
        (!is_any).then_some(Clamp { least, greatest })
    }

    /// A number within the interval. NaN stays NaN.
    fn of(self, number: f32) -> f32 {
        // `f32::max` would lose NaN, which training has to see.
        if number < self.least {
            self.least
        } else if number > self.greatest {
            self.greatest
        } else {
            number
        }
    }

    /// Whether a result moves with what it comes from.
    fn lets(self, output: f32) -> bool {
        output > self.least && output < self.greatest
    }

    /// Clamps numbers where they lie.
    pub(super) fn apply(self, numbers: &mut [f32]) {
        for number in numbers {
            *number = self.of(*number);
        }
    }

    /// Leaves of a gradient what the clamp lets through, by what came of it.
    pub(super) fn mask(self, output: &[f32], gradient: &mut [f32]) {
        for (gradient, &output) in std::iter::zip(gradient, output) {
            if !self.lets(output) {
                *gradient = 0.0;
            }
        }
    }
}

impl Differentiable for Clamp {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], _: &mut Scratch) {
        output.copy_from_slice(inputs[0]);
        self.apply(output);
    }

    fn backward(&self, _: usize, met: &Met<'_>, sums: &mut [f32], _: &mut Scratch) {
        for (sum, (&output, gradient)) in
            std::iter::zip(sums, std::iter::zip(met.output, met.gradient))
        {
            if self.lets(output) {
                *sum += gradient;
            }
        }
    }
}
