//! RSQRT.

use demilite_core::quantization::{QuantizedMultiplier, inverse_square_root};
use demilite_core::{DataType, NodeContext};

use super::{checked, same_type, table_16};
use crate::kernel::{Prepared, Unprepared, elementwise};
use crate::tensor_parameters::per_tensor;

const RULE: &str = "its input holds a negative number";

/// The fixed-point inverse square root of 8-bit numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RsqrtScale {
    zero_point: i32,
    multiplier: QuantizedMultiplier,
    output_zero_point: i32,
}

impl RsqrtScale {
    /// Bits that keep the fraction of an inverse square root between two multiplications.
    const FRACTIONAL_BITS: i32 = 20;

    /// Prepares the multiplier, in single precision but for the last division, for input and output
    /// given as scale and zero point.
    pub fn new(input: (f32, i32), output: (f32, i32)) -> Self {
        let factor = 1.0 / f64::from(input.0.sqrt() * output.0);
        RsqrtScale {
            zero_point: input.1,
            multiplier: QuantizedMultiplier::from_factor(factor),
            output_zero_point: output.1,
        }
    }

    /// The quantized result for a quantized number that is not negative; the greatest for 0.
    pub fn apply(&self, value: i8) -> i8 {
        let value = i32::from(value) - self.zero_point;
        if value == 0 {
            return i8::MAX;
        }
        let shifted = |multiplier: QuantizedMultiplier, by: i32| QuantizedMultiplier {
            // A root takes 20 bits, of which a greater shift to the right leaves none either.
            shift: (multiplier.shift + by).max(-31),
            ..multiplier
        };
        let root = shifted(inverse_square_root(value), Self::FRACTIONAL_BITS).apply(1);
        shifted(self.multiplier, -Self::FRACTIONAL_BITS)
            .apply(root)
            .saturating_add(self.output_zero_point)
            .clamp(i8::MIN.into(), i8::MAX.into()) as i8
    }
}

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(|x: f32| 1.0 / x.sqrt())),
        DataType::Int8 => {
            let input = per_tensor(node.required(0)?)?;
            let scale = RsqrtScale::new(input, per_tensor(node.output(0))?);
            let kernel = elementwise(move |x: i8| scale.apply(x));
            checked(move |x: i8| i32::from(x) >= input.1, RULE, kernel)
        }
        DataType::Int16 => {
            let (scale, _) = per_tensor(node.output(0))?;
            let greatest = f32::from(i16::MAX) * scale;
            let root = |x: f32| if x <= 0.0 { greatest } else { 1.0 / x.sqrt() };
            checked(|x: i16| x >= 0, RULE, table_16(node, root)?)
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_come_within_one_step_of_the_real_ones() {
        let scale = RsqrtScale::new((0.1, -100), (0.02, -128));
        assert_eq!(scale.apply(-100), 127);
        for value in -99..=127_i8 {
            let real = 1.0 / (0.1 * (f64::from(value) + 100.0)).sqrt();
            let expected = (real / 0.02 - 128.0).min(127.0);
            let error = f64::from(scale.apply(value)) - expected;
            assert!(error.abs() <= 0.51, "{value}: off by {error}");
        }
    }
}
