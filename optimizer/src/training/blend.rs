//! Tensors of which each row is a weighted sum of rows of another.

use super::differentiable::{Differentiable, Met, Scratch};
use crate::vector::add_scaled;

/// Sums of rows. Rows of both tensors have `length` elements.
#[derive(Debug, Clone, Default)]
pub(super) struct Blend {
    pub(super) length: usize,
    pub(super) terms: Vec<Term>,
}

/// A row that counts towards a sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Term {
    /// The row of the output.
    pub(super) to: usize,
    /// The row of the input.
    pub(super) from: usize,
    pub(super) weight: f32,
}

impl Blend {
    fn row(&self, index: usize) -> std::ops::Range<usize> {
        index * self.length..(index + 1) * self.length
    }
}

impl Differentiable for Blend {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], _: &mut Scratch) {
        output.fill(0.0);
        for term in &self.terms {
            let from = &inputs[0][self.row(term.from)];
            add_scaled(&mut output[self.row(term.to)], term.weight, from);
        }
    }

    fn backward(&self, _: usize, met: &Met<'_>, sums: &mut [f32], _: &mut Scratch) {
        for term in &self.terms {
            let to = &met.gradient[self.row(term.to)];
            add_scaled(&mut sums[self.row(term.from)], term.weight, to);
        }
    }
}
