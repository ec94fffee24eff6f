//! QUANTIZE: floats to quantized numbers, and quantized numbers to another scale.

use demilite_core::quantization::QuantizedMultiplier;

use crate::quantized_element::QuantizedElement;

/// A float as a quantized number: `round(x / scale) + zero_point`, saturated.
///
/// A quotient beyond 32 bits saturates; the reference's conversion is undefined there.
pub fn quantize_f32<T: QuantizedElement>(x: f32, (scale, zero_point): (f32, i32)) -> T {
    T::saturate(((x / scale).round() as i32).saturating_add(zero_point))
}

/// How quantized numbers are brought to another scale and zero point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requantize {
    zero_point: i32,
    multiplier: QuantizedMultiplier,
    output_zero_point: i32,
}

impl Requantize {
    /// Prepares the multiplier, in double precision, for input and output given as scale and zero
    /// point.
    pub fn new(input: (f32, i32), output: (f32, i32)) -> Self {
        let factor = f64::from(input.0) / f64::from(output.0);
        Requantize {
            zero_point: input.1,
            multiplier: QuantizedMultiplier::from_factor(factor),
            output_zero_point: output.1,
        }
    }

    /// One number on the new scale, saturated.
    pub fn apply<T: QuantizedElement>(&self, value: i32) -> T {
        let scaled = self.multiplier.apply(value.wrapping_sub(self.zero_point));
        T::saturate(scaled.wrapping_add(self.output_zero_point))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_round_half_away_from_zero() {
        let parameters = (0.5, 3);
        assert_eq!(quantize_f32::<i8>(0.75, parameters), 5);
        assert_eq!(quantize_f32::<i8>(-0.75, parameters), 1);
        assert_eq!(quantize_f32::<u8>(-100.0, parameters), 0);
        assert_eq!(quantize_f32::<i16>(f32::INFINITY, parameters), i16::MAX);
    }

    #[test]
    fn signed_and_unsigned_differ_by_128() {
        let requantize = Requantize::new((0.1, -128), (0.1, 0));
        for value in i8::MIN..=i8::MAX {
            let expected = (value as u8) ^ 0x80;
            assert_eq!(requantize.apply::<u8>(i32::from(value)), expected);
        }
    }

    #[test]
    fn scales_change() {
        let requantize = Requantize::new((0.5, 1), (0.25, -1));
        assert_eq!(requantize.apply::<i8>(11), 19);
        assert_eq!(requantize.apply::<i8>(100), 127);
    }
}
