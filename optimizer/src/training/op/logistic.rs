//! LOGISTIC.

use demilite_core::NodeContext;

use super::{Prepared, Unprepared};
use crate::training::differentiable::{Differentiable, Met, Scratch};

struct Logistic;

pub(super) fn prepare(_: &NodeContext<'_>) -> Result<Prepared, Unprepared> {
    Ok(Box::new(Logistic))
}

impl Differentiable for Logistic {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], _: &mut Scratch) {
        for (output, &x) in std::iter::zip(output, inputs[0]) {
            *output = 1.0 / (1.0 + (-x).exp());
        }
    }

    fn backward(&self, _: usize, met: &Met<'_>, sums: &mut [f32], _: &mut Scratch) {
        let met = std::iter::zip(met.output, met.gradient);
        for (sum, (&output, gradient)) in std::iter::zip(sums, met) {
            *sum += gradient * (output * (1.0 - output));
        }
    }
}
