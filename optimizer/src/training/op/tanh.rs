//! TANH.

use demilite_core::NodeContext;

use super::{Prepared, Unprepared};
use crate::training::differentiable::{Differentiable, Met, Scratch};

struct Tanh;

pub(super) fn prepare(_: &NodeContext<'_>) -> Result<Prepared, Unprepared> {
    Ok(Box::new(Tanh))
}

impl Differentiable for Tanh {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], _: &mut Scratch) {
        for (output, &x) in std::iter::zip(output, inputs[0]) {
            *output = x.tanh();
        }
    }

    fn backward(&self, _: usize, met: &Met<'_>, sums: &mut [f32], _: &mut Scratch) {
        let met = std::iter::zip(met.output, met.gradient);
        for (sum, (&output, gradient)) in std::iter::zip(sums, met) {
            *sum += gradient * (1.0 - output * output);
        }
    }
}
