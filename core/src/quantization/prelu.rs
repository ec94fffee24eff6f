//! Two slopes, of which one is a quantized number, on quantized numbers.

use super::fixed_point::QuantizedMultiplier;

/// The two slopes on quantized numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PreluScale {
    /// Zero points of input and slopes.
    pub zero_points: [i32; 2],
    /// The factor of numbers from 0 up.
    pub above: QuantizedMultiplier,
    /// The factor of the products of numbers below 0 with slopes.
    pub below: QuantizedMultiplier,
    /// Zero point of the output.
    pub output_zero_point: i32,
}

impl PreluScale {
    /// Prepares the multipliers, in single precision, for input, slopes and output given as scale
    /// and zero point.
    pub fn new(input: (f32, i32), slopes: (f32, i32), output: (f32, i32)) -> Self {
        let multiplier = |factor: f32| QuantizedMultiplier::from_factor(f64::from(factor));
        PreluScale {
            zero_points: [input.1, slopes.1],
            above: multiplier(input.0 / output.0),
            below: multiplier(input.0 * slopes.0 / output.0),
            output_zero_point: output.1,
        }
    }

    /// The result on the output's scale, before it is held within the output's type.
    pub fn apply(&self, value: i32, slope: i32) -> i32 {
        let value = value - self.zero_points[0];
        let scaled = if value >= 0 {
            self.above.apply(value)
        } else {
            self.below.apply(value * (slope - self.zero_points[1]))
        };
        scaled.saturating_add(self.output_zero_point)
    }
}
