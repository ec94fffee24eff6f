//! FULLY_CONNECTED: each output is a row of weights times a row of the input.
//!
//! Integers are not rescaled in fixed point: the sum is multiplied by the real factor in double
//! precision and rounded half away from zero.

use crate::accumulator::IntegerAccumulator;
use crate::conv_2d::convolve;
use crate::output_stage::FloatOutputStage;
use crate::packed_filter::PackedFilter;
use crate::quantized_element::{QuantizedElement, offset};
use crate::window::Window;

/// Float products: `input` is `[batches, depth]`.
pub fn fully_connected_f32(
    batches: usize,
    depth: usize,
    input: &[f32],
    filter: &PackedFilter<f32>,
    stage: &FloatOutputStage,
    output: &mut [f32],
) {
    let window = Window::single(batches);
    convolve(&window, depth, input, filter, output, |channel, sum| {
        stage.apply(channel, sum)
    });
}

/// What becomes of the integer sums of a fully connected layer.
#[derive(Debug, Clone, PartialEq)]
pub struct RealOutputStage<A> {
    /// One bias for each output, or none.
    pub bias: Option<Vec<A>>,
    /// One factor for each output: input scale · filter scale / output scale.
    pub factors: Vec<f64>,
    /// Zero point of the output.
    pub zero_point: i32,
    /// The bounds of the activation, as integers of the output.
    pub clamp: (i32, i32),
}

impl<A: IntegerAccumulator> RealOutputStage<A> {
    fn apply<T: QuantizedElement>(&self, channel: usize, sum: A) -> T {
        let sum = match &self.bias {
            Some(bias) => sum.plus(bias[channel]),
            None => sum,
        };
        let scaled = (sum.to_f64() * self.factors[channel]).round() as i32;
        let shifted = scaled.saturating_add(self.zero_point);
        T::saturate(shifted.clamp(self.clamp.0, self.clamp.1))
    }
}

/// Integer products; the weights are already less their zero point.
pub fn fully_connected_quantized<T: QuantizedElement, A: IntegerAccumulator>(
    batches: usize,
    depth: usize,
    (input, zero_point): (&[T], i32),
    filter: &PackedFilter<i16>,
    stage: &RealOutputStage<A>,
    output: &mut [T],
) {
    let input = offset(input, zero_point);
    let window = Window::single(batches);
    convolve(&window, depth, &input, filter, output, |channel, sum: A| {
        stage.apply(channel, sum)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_meet_rows() {
        let filter = PackedFilter::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, 1);
        let stage = FloatOutputStage {
            bias: Some(vec![0.0, 0.0, 1.0]),
            clamp: (0.0, f32::MAX),
        };
        let mut output = [0.0; 6];
        fully_connected_f32(2, 2, &[1.0, 1.0, 1.0, -1.0], &filter, &stage, &mut output);
        assert_eq!(output, [3.0, 7.0, 12.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn sums_are_rounded_once() {
        let stage = RealOutputStage {
            bias: Some(vec![-1_i32]),
            factors: vec![0.5],
            zero_point: 2,
            clamp: (-128, 127),
        };
        let filter = PackedFilter::new(&[3_i16, 2], 1, 1);
        let mut output = [0_i8; 1];
        fully_connected_quantized(1, 2, (&[5_i8, -7], 1), &filter, &stage, &mut output);
        // (4·3 − 8·2 − 1)/2 = −2.5, rounded to −3.
        assert_eq!(output, [-1]);
    }
}
