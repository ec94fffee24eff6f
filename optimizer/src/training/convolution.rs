//! Layers whose results are products of what a filter sees with its weights.

use super::differentiable::{Differentiable, Met, Scratch};
use super::patches::Patches;
use super::product::{Matrix, add_product};

/// Inputs: images, weights `[outputs, …]` with a row for each output channel, and a bias `[outputs]` or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Convolution {
    pub(super) patches: Patches,
    pub(super) outputs: usize,
}

impl Convolution {
    /// What the filter sees, one row for each place.
    fn seen<'a>(&self, image: &'a [f32], scratch: &'a mut Scratch) -> Matrix<'a> {
        let (rows, columns) = (self.patches.rows(), self.patches.columns());
        if self.patches.is_image() {
            return Matrix::new(image, rows, columns);
        }
        let seen = scratch.zeros(rows * columns);
        self.patches.gather(image, seen);
        Matrix::new(seen, rows, columns)
    }

    fn weights<'a>(&self, weights: &'a [f32]) -> Matrix<'a> {
        Matrix::new(weights, self.outputs, self.patches.columns())
    }
}

/// Writes the bias of each channel to all results, or 0.
pub(super) fn write_bias(bias: Option<&&[f32]>, outputs: usize, output: &mut [f32]) {
    match bias {
        Some(bias) if !bias.is_empty() => output
            .chunks_exact_mut(outputs)
            .for_each(|row| row.copy_from_slice(bias)),
        _ => output.fill(0.0),
    }
}

/// Adds the gradient of each channel to that of its bias.
pub(super) fn add_to_bias(gradient: &[f32], sums: &mut [f32]) {
    for row in gradient.chunks_exact(sums.len()) {
        for (sum, number) in std::iter::zip(&mut *sums, row) {
            *sum += number;
        }
    }
}

impl Differentiable for Convolution {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], scratch: &mut Scratch) {
        write_bias(inputs.get(2), self.outputs, output);
        let seen = self.seen(inputs[0], scratch);
        add_product(seen, self.weights(inputs[1]).transposed(), output);
    }

    fn backward(&self, index: usize, met: &Met<'_>, sums: &mut [f32], scratch: &mut Scratch) {
        let gradient = Matrix::new(met.gradient, self.patches.rows(), self.outputs);
        match index {
            0 if self.patches.is_image() => {
                add_product(gradient, self.weights(met.inputs[1]), sums)
            }
            0 => {
                let seen = scratch.zeros(self.patches.rows() * self.patches.columns());
                add_product(gradient, self.weights(met.inputs[1]), seen);
                self.patches.scatter(seen, sums);
            }
            1 => {
                let seen = self.seen(met.inputs[0], scratch);
                add_product(gradient.transposed(), seen, sums);
            }
            _ => add_to_bias(met.gradient, sums),
        }
    }
}
