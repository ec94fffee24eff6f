//! Squared differences of quantized numbers.

use super::fixed_point::QuantizedMultiplier;

/// How two 8-bit numbers of different scales are brought to one scale, and the square of their
/// difference to the scale of the output.
///
/// Both are shifted left by 7 bits and brought to twice the greater input scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SquaredDifferenceScale {
    /// Zero points of the inputs.
    pub zero_points: [i32; 2],
    /// The factor of each input.
    pub multipliers: [QuantizedMultiplier; 2],
    /// The factor of the square.
    pub output_multiplier: QuantizedMultiplier,
    /// Zero point of the output.
    pub output_zero_point: i32,
}

impl SquaredDifferenceScale {
    /// Bits by which inputs are shifted to the left.
    pub const LEFT_SHIFT: i32 = 7;

    /// Prepares the multipliers for inputs and output given as scale and zero point; `None` where
    /// the output's would be 1 or more.
    pub fn new(inputs: [(f32, i32); 2], output: (f32, i32)) -> Option<Self> {
        let twice_greater_scale = f64::from(2.0 * inputs[0].0.max(inputs[1].0));
        let shifted_output_scale = (1 << (2 * Self::LEFT_SHIFT)) as f32 * output.0;
        let output_multiplier = QuantizedMultiplier::from_factor(
            twice_greater_scale * twice_greater_scale / f64::from(shifted_output_scale),
        );
        (output_multiplier.shift <= 0).then(|| SquaredDifferenceScale {
            zero_points: inputs.map(|(_, zero_point)| zero_point),
            multipliers: inputs.map(|(scale, _)| {
                QuantizedMultiplier::from_factor(f64::from(scale) / twice_greater_scale)
            }),
            output_multiplier,
            output_zero_point: output.1,
        })
    }

    /// The squared difference of two numbers, before it is held within the output's type.
    pub fn apply(&self, left: i32, right: i32) -> i32 {
        let rescale = |input: usize, value: i32| {
            let shifted = (value - self.zero_points[input]) << Self::LEFT_SHIFT;
            self.multipliers[input].apply(shifted)
        };
        let difference = rescale(0, left) - rescale(1, right);
        let square = self.output_multiplier.apply(difference * difference);
        square.saturating_add(self.output_zero_point)
    }
}
