//! DEPTHWISE_CONV_2D: each channel has filters of its own.

use demilite_core::NodeContext;
use demilite_core::geometry::{Extent, Window};
use demilite_core::op::{self, nhwc};

use super::{Prepared, Unprepared};
use crate::training::convolution::{add_to_bias, write_bias};
use crate::training::differentiable::{Differentiable, Met, Scratch};

/// Inputs: images, weights `[1, rows, columns, outputs]`, and a bias or none.
struct DepthwiseConv2d {
    window: Window,
    outputs: usize,
    /// Outputs of each channel, which lie beside one another.
    multiplier: usize,
}

pub(super) fn prepare(
    node: &NodeContext<'_>,
    op: &op::DepthwiseConv2d,
) -> Result<Prepared, Unprepared> {
    let [batches, height, width, depth] = nhwc(node.shape(0)?, "image")?;
    let filter = nhwc(node.shape(1)?, "filter")?;
    if filter[3] == 0 || !filter[3].is_multiple_of(depth.max(1)) {
        return Err(Unprepared::form(
            "its filters are not so many for each channel",
        ));
    }
    let [rows, columns] = op.windows(filter);
    let window = Window {
        batches,
        rows: Extent::new(height, rows, op.padding)?,
        columns: Extent::new(width, columns, op.padding)?,
    };
    Ok(Box::new(DepthwiseConv2d {
        window,
        outputs: filter[3],
        multiplier: filter[3] / depth.max(1),
    }))
}

impl DepthwiseConv2d {
    /// Calls `visit` with the places of a result, of what it is made of in the image, and of the weights that they meet.
    fn for_each(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let (outputs, depth) = (self.outputs, self.outputs / self.multiplier);
        let window = self.window;
        window.for_each_output(|batch, row, column, index| {
            for (tap_row, y) in window.rows.taps(row) {
                for (tap_column, x) in window.columns.taps(column) {
                    let tap = tap_row * window.columns.filter + tap_column;
                    visit(
                        index * outputs,
                        window.input_position(batch, y, x) * depth,
                        tap * outputs,
                    );
                }
            }
        });
    }

    /// Adds products to each output of every channel, or to what lies beside it.
    fn add_each(&self, sums: &mut [f32], channels: &[f32], outputs: &[f32]) {
        if self.multiplier == 1 {
            for ((sum, channel), output) in sums.iter_mut().zip(channels).zip(outputs) {
                *sum += channel * output;
            }
            return;
        }
        let groups = sums
            .chunks_exact_mut(self.multiplier)
            .zip(outputs.chunks_exact(self.multiplier));
        for ((sums, outputs), channel) in groups.zip(channels) {
            for (sum, output) in std::iter::zip(sums, outputs) {
                *sum += channel * output;
            }
        }
    }

    /// Adds to each channel the products of its outputs.
    fn add_all(&self, sums: &mut [f32], left: &[f32], right: &[f32]) {
        if self.multiplier == 1 {
            return self.add_each(sums, left, right);
        }
        let groups = left
            .chunks_exact(self.multiplier)
            .zip(right.chunks_exact(self.multiplier));
        for (sum, (left, right)) in std::iter::zip(sums, groups) {
            for (left, right) in std::iter::zip(left, right) {
                *sum += left * right;
            }
        }
    }
}

impl Differentiable for DepthwiseConv2d {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], _: &mut Scratch) {
        let (outputs, depth) = (self.outputs, self.outputs / self.multiplier);
        write_bias(inputs.get(2), outputs, output);
        self.for_each(|result, position, tap| {
            let channels = &inputs[0][position..position + depth];
            let weights = &inputs[1][tap..tap + outputs];
            self.add_each(&mut output[result..result + outputs], channels, weights);
        });
    }

    fn backward(&self, index: usize, met: &Met<'_>, sums: &mut [f32], _: &mut Scratch) {
        let (outputs, depth) = (self.outputs, self.outputs / self.multiplier);
        match index {
            0 => self.for_each(|result, position, tap| {
                let weights = &met.inputs[1][tap..tap + outputs];
                let gradient = &met.gradient[result..result + outputs];
                self.add_all(&mut sums[position..position + depth], gradient, weights);
            }),
            1 => self.for_each(|result, position, tap| {
                let channels = &met.inputs[0][position..position + depth];
                let gradient = &met.gradient[result..result + outputs];
                self.add_each(&mut sums[tap..tap + outputs], channels, gradient);
            }),
            _ => add_to_bias(met.gradient, sums),
        }
    }
}
