//! The magnitudes of quantized numbers.

use super::fixed_point::QuantizedMultiplier;

/// The rescaling of a quantized magnitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbsScale {
    zero_point: i32,
    /// `None` where input and output have one scale.
    multiplier: Option<QuantizedMultiplier>,
    output_zero_point: i32,
}

impl AbsScale {
    /// Prepares the multiplier, in single precision, for input and output given as scale and zero
    /// point.
    pub fn new(input: (f32, i32), output: (f32, i32)) -> Self {
        let factor = f64::from(input.0 / output.0);
        AbsScale {
            zero_point: input.1,
            multiplier: (input.0 != output.0).then(|| QuantizedMultiplier::from_factor(factor)),
            output_zero_point: output.1,
        }
    }

    /// The magnitude on the output's scale, before it is held within the output's type.
    pub fn apply(&self, value: i32) -> i32 {
        let magnitude = (value - self.zero_point).abs();
        let scaled = self
            .multiplier
            .map_or(magnitude, |multiplier| multiplier.apply(magnitude));
        scaled.saturating_add(self.output_zero_point)
    }
}
