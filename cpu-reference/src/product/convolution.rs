//! The product that layers with weights share: a filter that slides over images.

use std::iter::zip;

use crate::product::accumulator::Accumulator;
use crate::product::packed_filter::{BLOCK, PackedFilter};
use demilite_core::geometry::Window;

/// Convolves and gives each sum to `finish`, with its image and its output channel.
pub(crate) fn convolve<A: Accumulator, O>(
    window: &Window,
    input_channels: usize,
    input: &[A::Operand],
    filter: &PackedFilter<A::Operand>,
    output: &mut [O],
    finish: impl Fn(usize, usize, A) -> O,
) {
    for block in filter.blocks() {
        let depth = block.weights.len() / window.taps();
        let group = block.group * depth..(block.group + 1) * depth;
        window.for_each_output(|batch, row, column, index| {
            let mut sums = [A::default(); BLOCK];
            for (filter_row, input_row) in window.rows.taps(row) {
                for (filter_column, input_column) in window.columns.taps(column) {
                    let position = window.input_position(batch, input_row, input_column);
                    let element = filter_row * window.columns.filter + filter_column;
                    let pixel = &input[position * input_channels..][group.clone()];
                    let weights = &block.weights[element * depth..][..depth];
                    for (&input, weights) in zip(pixel, weights) {
                        for (sum, &weight) in zip(&mut sums, weights) {
                            *sum = sum.plus_product(input, weight);
                        }
                    }
                }
            }
            let first = index * filter.channels() + block.first_channel;
            let results = &mut output[first..][..block.channels];
            for ((lane, result), sum) in zip(results.iter_mut().enumerate(), sums) {
                *result = finish(batch, block.first_channel + lane, sum);
            }
        });
    }
}
