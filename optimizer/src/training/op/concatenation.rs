//! CONCATENATION.

use demilite_core::{NodeContext, op};

use super::{Prepared, Unprepared};
use crate::training::differentiable::{Differentiable, Met, Scratch};

struct Concatenation {
    /// For each input, where in a row of the output its own row begins, and its length.
    parts: Vec<(usize, usize)>,
    /// Elements of a row of the output.
    length: usize,
}

pub(super) fn prepare(
    node: &NodeContext<'_>,
    op: &op::Concatenation,
) -> Result<Prepared, Unprepared> {
    let axis = node.shape(0)?.axis(op.axis.into())?;
    let mut parts = Vec::new();
    let mut length = 0;
    for index in 0..node.input_count() {
        let own = node.shape(index)?[axis..].iter().product();
        parts.push((length, own));
        length += own;
    }
    Ok(Box::new(Concatenation { parts, length }))
}

impl Differentiable for Concatenation {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], _: &mut Scratch) {
        for (input, &(first, own)) in std::iter::zip(inputs, &self.parts) {
            let rows = output.chunks_exact_mut(self.length.max(1));
            for (row, input) in std::iter::zip(rows, input.chunks_exact(own.max(1))) {
                row[first..first + own].copy_from_slice(input);
            }
        }
    }

    fn backward(&self, index: usize, met: &Met<'_>, sums: &mut [f32], _: &mut Scratch) {
        let (first, own) = self.parts[index];
        let rows = met.gradient.chunks_exact(self.length.max(1));
        for (sums, row) in std::iter::zip(sums.chunks_exact_mut(own.max(1)), rows) {
            for (sum, gradient) in std::iter::zip(sums, &row[first..first + own]) {
                *sum += gradient;
            }
        }
    }
}
