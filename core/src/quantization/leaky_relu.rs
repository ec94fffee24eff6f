//! Two slopes, of which one is a constant, on quantized numbers.

use super::fixed_point::QuantizedMultiplier;

/// The two slopes on quantized numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeakyReluScale {
    zero_point: i32,
    above: QuantizedMultiplier,
    below: QuantizedMultiplier,
    slope_is_negative: bool,
    output_zero_point: i32,
}

impl LeakyReluScale {
    /// Prepares the multipliers, in single precision, for input and output given as scale and zero
    /// point.
    pub fn new(input: (f32, i32), output: (f32, i32), alpha: f32) -> Self {
        let below = input.0 * alpha / output.0;
        LeakyReluScale {
            zero_point: input.1,
            above: QuantizedMultiplier::from_factor(f64::from(input.0 / output.0)),
            below: QuantizedMultiplier::from_factor(f64::from(below.abs())),
            slope_is_negative: below < 0.0,
            output_zero_point: output.1,
        }
    }

    /// The result on the output's scale, before it is held within the output's type.
    pub fn apply(&self, value: i32) -> i32 {
        let value = value - self.zero_point;
        let scaled = match (value >= 0, self.slope_is_negative) {
            (true, _) => self.above.apply(value),
            (false, false) => self.below.apply(value),
            (false, true) => self.below.apply(value).saturating_neg(),
        };
        scaled.saturating_add(self.output_zero_point)
    }
}
