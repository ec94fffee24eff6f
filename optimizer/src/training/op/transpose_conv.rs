//! TRANSPOSE_CONV: a convolution of the output's size, run backwards.

use demilite_core::NodeContext;
use demilite_core::geometry::{Extent, Window};
use demilite_core::op::{self, nhwc};

use super::{Prepared, Unprepared};
use crate::training::convolution::{add_to_bias, write_bias};
use crate::training::differentiable::{Differentiable, Met, Scratch};
use crate::training::patches::Patches;
use crate::training::product::{Matrix, add_product};

/// Inputs: the shape of the output, weights `[outputs, rows, columns, depth]`, images of `depth`, and a bias or none.
struct TransposeConv {
    /// What the filter sees of the output, of which each place is a position of the input.
    patches: Patches,
    /// Channels of the input.
    depth: usize,
}

pub(super) fn prepare(
    node: &NodeContext<'_>,
    op: &op::TransposeConv,
) -> Result<Prepared, Unprepared> {
    let filter = nhwc(node.shape(1)?, "filter")?;
    let [batches, height, width, outputs] = nhwc(&node.extents(0)?, "output")?;
    let [rows, columns] = op.windows(filter);
    let window = Window {
        batches,
        rows: Extent::new(height, rows, op.padding)?,
        columns: Extent::new(width, columns, op.padding)?,
    };
    let patches = Patches {
        window,
        depth: outputs,
    };
    if !patches.fits() {
        return Err(Unprepared::large());
    }
    Ok(Box::new(TransposeConv {
        patches,
        depth: filter[3],
    }))
}

impl TransposeConv {
    /// For each row of weights as they are stored, the row in the order in which patches have them: tap by tap.
    fn rows(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (outputs, taps) = (self.patches.depth, self.patches.window.taps());
        (0..outputs).flat_map(move |output| {
            (0..taps).map(move |tap| (output * taps + tap, tap * outputs + output))
        })
    }

    /// The weights `[tap, output, depth]`.
    fn ordered(&self, weights: &[f32]) -> Vec<f32> {
        let mut ordered = vec![0.0; weights.len()];
        for (stored, row) in self.rows() {
            let from = &weights[stored * self.depth..][..self.depth];
            ordered[row * self.depth..][..self.depth].copy_from_slice(from);
        }
        ordered
    }
}

impl Differentiable for TransposeConv {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], scratch: &mut Scratch) {
        write_bias(
            inputs.get(op::TransposeConv::BIAS),
            self.patches.depth,
            output,
        );
        let (rows, columns) = (self.patches.rows(), self.patches.columns());
        let weights = self.ordered(inputs[1]);
        let image = Matrix::new(inputs[op::TransposeConv::IMAGE], rows, self.depth);
        let spread = scratch.zeros(rows * columns);
        add_product(
            image,
            Matrix::new(&weights, columns, self.depth).transposed(),
            spread,
        );
        self.patches.scatter(spread, output);
    }

    fn backward(&self, index: usize, met: &Met<'_>, sums: &mut [f32], scratch: &mut Scratch) {
        if index == op::TransposeConv::BIAS {
            return add_to_bias(met.gradient, sums);
        }
        let (rows, columns) = (self.patches.rows(), self.patches.columns());
        let seen = scratch.zeros(rows * columns);
        self.patches.gather(met.gradient, seen);
        let seen = Matrix::new(seen, rows, columns);
        if index == op::TransposeConv::IMAGE {
            let weights = self.ordered(met.inputs[1]);
            return add_product(seen, Matrix::new(&weights, columns, self.depth), sums);
        }
        let image = Matrix::new(met.inputs[op::TransposeConv::IMAGE], rows, self.depth);
        let mut ordered = vec![0.0; sums.len()];
        add_product(seen.transposed(), image, &mut ordered);
        for (stored, row) in self.rows() {
            let from = &ordered[row * self.depth..][..self.depth];
            for (sum, number) in std::iter::zip(&mut sums[stored * self.depth..], from) {
                *sum += number;
            }
        }
    }
}
