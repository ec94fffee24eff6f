//! DEPTHWISE_CONV_2D: output channel `c · multiplier + m` is the sum, over the filter's rows and
//! columns, of input channel `c` · weight. Filter elements outside the image are skipped.

use std::iter::zip;

use crate::accumulator::{Accumulator, IntegerAccumulator};
use crate::output_stage::{FloatOutputStage, OutputStage};
use crate::quantized_element::{QuantizedElement, offset};
use crate::window::Window;

/// Sums of float products: `input` is `[batch, height, width, channel]`, `filter` is
/// `[1, height, width, output channel]`.
pub fn depthwise_conv_2d_f32(
    window: &Window,
    input_channels: usize,
    input: &[f32],
    filter: &[f32],
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
pub fn depthwise_conv_2d_quantized<T: QuantizedElement, A: IntegerAccumulator>(
    window: &Window,
    input_channels: usize,
    (input, zero_point): (&[T], i32),
    filter: &[i16],
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
    filter: &[A::Operand],
    output: &mut [O],
    finish: impl Fn(usize, A) -> O,
) {
    let channels = filter.len() / window.filter_elements();
    if input_channels == 0 || channels == 0 {
        return;
    }
    let multiplier = channels / input_channels;
    let mut sums = vec![A::default(); channels];
    window.for_each_output(|batch, row, column, index| {
        sums.fill(A::default());
        for (filter_row, input_row) in window.rows.taps(row) {
            for (filter_column, input_column) in window.columns.taps(column) {
                let position = window.input_position(batch, input_row, input_column);
                let element = filter_row * window.columns.filter + filter_column;
                let pixel = &input[position * input_channels..][..input_channels];
                let weights = &filter[element * channels..][..channels];
                if multiplier == 1 {
                    for ((sum, &input), &weight) in zip(zip(&mut sums, pixel), weights) {
                        *sum = sum.plus_product(input, weight);
                    }
                } else {
                    let lanes = zip(
                        sums.chunks_exact_mut(multiplier),
                        weights.chunks_exact(multiplier),
                    );
                    for ((sums, weights), &input) in zip(lanes, pixel) {
                        for (sum, &weight) in zip(sums, weights) {
                            *sum = sum.plus_product(input, weight);
                        }
                    }
                }
            }
        }
        let results = &mut output[index * channels..][..channels];
        for ((channel, result), &sum) in zip(results.iter_mut().enumerate(), &sums) {
            *result = finish(channel, sum);
        }
    });
}

#[cfg(test)]
mod tests {
    use demilite_core::quantization::QuantizedMultiplier;

    use super::*;
    use crate::window::Extent;

    #[test]
    fn an_input_channel_feeds_neighbouring_output_channels() {
        let stage = FloatOutputStage {
            bias: Some(vec![0.0, 0.0, 0.0, 100.0]),
            clamp: (f32::MIN, f32::MAX),
        };
        let window = Window {
            batches: 1,
            rows: Extent::pointwise(1),
            columns: Extent {
                input: 3,
                output: 2,
                filter: 2,
                ..Extent::pointwise(3)
            },
        };
        let input = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let filter = [1.0, 10.0, 1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        let mut output = [0.0; 8];
        depthwise_conv_2d_f32(&window, 2, &input, &filter, &stage, &mut output);
        assert_eq!(output, [7.0, 70.0, 14.0, 240.0, 13.0, 130.0, 22.0, 320.0]);
    }

    #[test]
    fn integer_channels_are_rescaled_one_by_one() {
        let stage = OutputStage {
            bias: None,
            multipliers: [1.0, 0.125].map(QuantizedMultiplier::from_factor).to_vec(),
            zero_point: 128,
            clamp: (0, 255),
        };
        let mut output = [0_u8; 2];
        depthwise_conv_2d_quantized::<u8, i32>(
            &Window::single(1),
            2,
            (&[130, 100], 120),
            &[7, -9],
            &stage,
            &mut output,
        );
        // 10·7 + 128 and −20·−9/8 = 22.5 rounded to 23.
        assert_eq!(output, [198, 151]);
    }
}
