//! What becomes of a sum of products: bias, rescaling, zero point and clamp.

use demilite_core::quantization::QuantizedMultiplier;

use crate::product::accumulator::IntegerAccumulator;
use crate::quantized::element::QuantizedElement;

/// The output stage of integer convolutions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputStage<'a, A> {
    /// One bias for each output channel, or none.
    pub bias: Option<&'a [A]>,
    /// One factor for each output channel: input scale · filter scale / output scale.
    pub multipliers: &'a [QuantizedMultiplier],
    /// Zero point of the output.
    pub zero_point: i32,
    /// The bounds of the activation, as integers of the output.
    pub clamp: (i32, i32),
}

impl<A: IntegerAccumulator> OutputStage<'_, A> {
    /// The quantized number that the sum of `channel` comes to.
    pub fn apply<T: QuantizedElement>(&self, channel: usize, sum: A) -> T {
        let sum = match self.bias {
            Some(bias) => sum.plus(bias[channel]),
            None => sum,
        };
        let scaled = sum
            .multiply(self.multipliers[channel])
            .wrapping_add(self.zero_point);
        T::saturate(scaled.clamp(self.clamp.0, self.clamp.1))
    }
}

/// The output stage of float kernels: bias, then clamp.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FloatOutputStage<'a> {
    /// One bias for each output channel, or none.
    pub bias: Option<&'a [f32]>,
    /// The bounds of the activation.
    pub clamp: (f32, f32),
}

impl FloatOutputStage<'_> {
    /// The number that the sum of `channel` comes to.
    pub fn apply(&self, channel: usize, sum: f32) -> f32 {
        // Adding 0 turns −0 into +0, as the reference does for a missing bias.
        let bias = self.bias.map_or(0.0, |bias| bias[channel]);
        (sum + bias).clamp(self.clamp.0, self.clamp.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bias_comes_before_rescaling_and_zero_point_after() {
        let stage = OutputStage {
            bias: Some(&[0, 10]),
            multipliers: &[QuantizedMultiplier::from_factor(0.5); 2],
            zero_point: -3,
            clamp: (-128, 20),
        };
        assert_eq!(stage.apply::<i8>(0, 7), 4 - 3);
        assert_eq!(stage.apply::<i8>(1, 7), 9 - 3);
        assert_eq!(stage.apply::<i8>(1, 1000), 20);
        assert_eq!(stage.apply::<u8>(1, -1000), 0);
    }

    #[test]
    fn floats_are_clamped_after_the_bias() {
        let stage = FloatOutputStage {
            bias: Some(&[1.5]),
            clamp: (0.0, 6.0),
        };
        assert_eq!(stage.apply(0, 1.0), 2.5);
        assert_eq!(stage.apply(0, -2.0), 0.0);
        assert_eq!(stage.apply(0, 5.0), 6.0);
    }
}
