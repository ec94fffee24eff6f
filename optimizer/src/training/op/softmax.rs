//! SOFTMAX along the last dimension.

use demilite_core::{NodeContext, op};

use super::{Prepared, Unprepared};
use crate::training::differentiable::{Differentiable, Met, Scratch};
use crate::training::distribution::write_softmax;

struct Softmax {
    beta: f32,
    /// Elements of a row.
    length: usize,
}

pub(super) fn prepare(node: &NodeContext<'_>, op: &op::Softmax) -> Result<Prepared, Unprepared> {
    Ok(Box::new(Softmax {
        beta: op.beta,
        length: node.shape(0)?.last().copied().unwrap_or(1).max(1),
    }))
}

impl Differentiable for Softmax {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], _: &mut Scratch) {
        let rows = output.chunks_exact_mut(self.length);
        for (output, input) in std::iter::zip(rows, inputs[0].chunks_exact(self.length)) {
            write_softmax(input, self.beta, output);
        }
    }

    fn backward(&self, _: usize, met: &Met<'_>, sums: &mut [f32], _: &mut Scratch) {
        let rows = |numbers| <[f32]>::chunks_exact(numbers, self.length);
        let met = std::iter::zip(rows(met.output), rows(met.gradient));
        for (sums, (output, gradient)) in std::iter::zip(sums.chunks_exact_mut(self.length), met) {
            let pairs = || std::iter::zip(output, gradient);
            let mean: f32 = pairs().map(|(output, gradient)| output * gradient).sum();
            for (sum, (output, gradient)) in std::iter::zip(sums, pairs()) {
                *sum += self.beta * output * (gradient - mean);
            }
        }
    }
}
