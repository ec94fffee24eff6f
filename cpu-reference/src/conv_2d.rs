//! CONV_2D: each output channel is the sum, over the filter's rows, columns and input channels in
//! that order, of input · weight. Filter elements outside the image are skipped.

use std::iter::zip;

use crate::accumulator::{Accumulator, IntegerAccumulator};
use crate::output_stage::{FloatOutputStage, OutputStage};
use crate::packed_filter::{BLOCK, PackedFilter};
use crate::quantized_element::{QuantizedElement, offset};
use crate::window::Window;

/// Sums of float products: `input` is `[batch, height, width, channel]`.
pub fn conv_2d_f32(
    window: &Window,
    input_channels: usize,
    input: &[f32],
    filter: &PackedFilter<f32>,
    stage: &FloatOutputStage,
    output: &mut [f32],
) {
    convolve(
        window,
        input_channels,
        input,
        filter,
        output,
        |channel, sum| stage.apply(channel, sum),
    );
}

/// Sums of integer products; the filter's weights are already less their zero point.
pub fn conv_2d_quantized<T: QuantizedElement, A: IntegerAccumulator>(
    window: &Window,
    input_channels: usize,
    (input, zero_point): (&[T], i32),
    filter: &PackedFilter<i16>,
    stage: &OutputStage<A>,
    output: &mut [T],
) {
    let input = offset(input, zero_point);
    convolve(
        window,
        input_channels,
        &input,
        filter,
        output,
        |channel, sum: A| stage.apply(channel, sum),
    );
}

/// Convolves and gives each sum to `finish`, with its output channel.
pub(crate) fn convolve<A: Accumulator, O>(
    window: &Window,
    input_channels: usize,
    input: &[A::Operand],
    filter: &PackedFilter<A::Operand>,
    output: &mut [O],
    finish: impl Fn(usize, A) -> O,
) {
    for block in filter.blocks() {
        let depth = block.weights.len() / window.filter_elements();
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
                *result = finish(block.first_channel + lane, sum);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use demilite_core::quantization::QuantizedMultiplier;

    use super::*;
    use crate::window::Extent;

    fn same_3x3(length: usize) -> Window {
        let extent = Extent {
            filter: 3,
            padding: 1,
            ..Extent::pointwise(length)
        };
        Window {
            batches: 1,
            rows: extent,
            columns: extent,
        }
    }

    #[test]
    fn borders_sum_only_what_lies_inside() {
        let stage = FloatOutputStage {
            bias: Some(vec![0.5]),
            clamp: (0.0, 40.0),
        };
        let filter = PackedFilter::new(&[1.0; 9], 1, 1);
        let input: Vec<f32> = (1..=9_u8).map(f32::from).collect();
        let mut output = [0.0; 9];
        conv_2d_f32(&same_3x3(3), 1, &input, &filter, &stage, &mut output);
        assert_eq!(
            output,
            [12.5, 21.5, 16.5, 27.5, 40.0, 33.5, 24.5, 39.5, 28.5]
        );
    }

    #[test]
    fn each_channel_has_its_own_multiplier() {
        let stage = OutputStage {
            bias: Some(vec![4, 0]),
            multipliers: [0.5, 0.25].map(QuantizedMultiplier::from_factor).to_vec(),
            zero_point: 1,
            clamp: (-128, 127),
        };
        // Two input channels, two output channels, one pixel.
        let filter = PackedFilter::new(&[1, 2, -3, 4], 2, 1);
        let mut output = [0_i8; 2];
        conv_2d_quantized::<i8, i32>(
            &Window::single(1),
            2,
            (&[9, -5], -1),
            &filter,
            &stage,
            &mut output,
        );
        // (10·1 − 4·2 + 4)/2 + 1 and (10·−3 − 4·4)/4 + 1, the second from −11.5 away from zero.
        assert_eq!(output, [4, -11]);
    }

    #[test]
    fn groups_read_their_own_input_channels() {
        let stage = FloatOutputStage {
            bias: None,
            clamp: (f32::MIN, f32::MAX),
        };
        let filter = PackedFilter::new(&[1.0, 10.0], 2, 2);
        let mut output = [0.0; 4];
        conv_2d_f32(
            &Window::single(2),
            2,
            &[1.0, 2.0, 3.0, 4.0],
            &filter,
            &stage,
            &mut output,
        );
        assert_eq!(output, [1.0, 20.0, 3.0, 40.0]);
    }
}
