//! Quantization parameters for a range of reals.

use std::ops::RangeInclusive;

use super::Quantization;
use crate::dtype::DataType;

/// How a range of reals is laid over the integers of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spread {
    /// The least real is the least integer and the greatest real the greatest, so that the zero point lies anywhere. The range is
    /// widened to hold 0, which is represented exactly.
    Asymmetric,
    /// The zero point is 0, or the middle of an unsigned type; the largest magnitude is the greatest integer.
    Symmetric,
    /// As [`Spread::Symmetric`], without the least integer: [−127, 127] of int8, as the 8-bit specification wants weights.
    Narrow,
}

impl Spread {
    /// The integers of a type that this spread makes use of; `None` for a type that holds no quantized values.
    pub fn integers(self, dtype: DataType) -> Option<RangeInclusive<i32>> {
        let (least, greatest) = dtype.quantized_range()?;
        Some(match self {
            Spread::Asymmetric | Spread::Symmetric => least..=greatest,
            Spread::Narrow => least + 1..=greatest,
        })
    }
}

impl Quantization {
    /// The parameters, for a whole tensor, that lay the range from `least` to `greatest` over the integers of a type.
    ///
    /// Scales are computed in double precision; the zero point is rounded half away from zero and held within the type. A range of
    /// nothing but 0 gets the scale 1, in which 0 is exact. No scale is subnormal.
    ///
    /// `None` for a type that holds no quantized values, and for a range that is empty or not finite.
    ///
    /// ```
    /// use demilite_core::{DataType, Quantization, quantization::Spread};
    ///
    /// let relu6 = Quantization::from_range(0.0, 6.0, DataType::Int8, Spread::Asymmetric);
    /// assert_eq!(relu6.unwrap().as_per_tensor(), Some((6.0 / 255.0, -128)));
    /// let weights = Quantization::from_range(-2.0, 1.0, DataType::Int8, Spread::Narrow);
    /// assert_eq!(weights.unwrap().as_per_tensor(), Some((2.0 / 127.0, 0)));
    /// ```
    pub fn from_range(least: f32, greatest: f32, dtype: DataType, spread: Spread) -> Option<Self> {
        let (lowest, highest) = dtype.quantized_range()?;
        if !(least.is_finite() && greatest.is_finite() && least <= greatest) {
            return None;
        }
        let (least, greatest) = (f64::from(least.min(0.0)), f64::from(greatest.max(0.0)));
        let (lowest, highest) = (f64::from(lowest), f64::from(highest));
        let middle = ((lowest + highest) / 2.0).ceil();
        let (reals, steps) = match spread {
            Spread::Asymmetric => (greatest - least, highest - lowest),
            Spread::Symmetric | Spread::Narrow => (greatest.max(-least), highest - middle),
        };
        let scale = match reals == 0.0 {
            true => 1.0,
            false => ((reals / steps) as f32).max(f32::MIN_POSITIVE),
        };
        let zero_point = match spread {
            Spread::Asymmetric => {
                let zero_point = (lowest - least / f64::from(scale)).round();
                zero_point.clamp(lowest, highest)
            }
            Spread::Symmetric | Spread::Narrow => middle,
        };
        Some(Quantization::per_tensor(scale, zero_point as i32))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(least: f32, greatest: f32, dtype: DataType, spread: Spread) -> (f32, i32) {
        let quantization = Quantization::from_range(least, greatest, dtype, spread).unwrap();
        quantization.as_per_tensor().unwrap()
    }

    #[test]
    fn unsigned_types_have_their_zero_in_the_middle() {
        let weights = of(-1.0, 0.5, DataType::UInt8, Spread::Narrow);
        assert_eq!(weights, (1.0 / 127.0, 128));
        let pixels = of(0.0, 255.0, DataType::UInt8, Spread::Asymmetric);
        assert_eq!(pixels, (1.0, 0));
    }

    #[test]
    fn the_range_holds_zero_whatever_was_seen() {
        let above = of(2.0, 5.1, DataType::Int8, Spread::Asymmetric);
        assert_eq!(above, (5.1 / 255.0, -128));
        let below = of(-5.1, -2.0, DataType::Int8, Spread::Asymmetric);
        assert_eq!(below, (5.1 / 255.0, 127));
    }

    #[test]
    fn nothing_but_zero_has_a_scale_too_and_none_is_subnormal() {
        assert_eq!(of(0.0, 0.0, DataType::Int8, Spread::Narrow), (1.0, 0));
        assert_eq!(
            of(0.0, 0.0, DataType::Int8, Spread::Asymmetric),
            (1.0, -128)
        );
        let (scale, _) = of(0.0, 1e-40, DataType::Int16, Spread::Symmetric);
        assert_eq!(scale, f32::MIN_POSITIVE);
    }

    #[test]
    fn what_is_no_range_has_no_parameters() {
        let none = [
            (f32::NAN, 1.0, DataType::Int8),
            (0.0, f32::INFINITY, DataType::Int8),
            (1.0, -1.0, DataType::Int8),
            (0.0, 1.0, DataType::Float32),
        ];
        for (least, greatest, dtype) in none {
            let given = Quantization::from_range(least, greatest, dtype, Spread::Asymmetric);
            assert_eq!(given, None, "{least} {greatest} {dtype}");
        }
        assert_eq!(Spread::Narrow.integers(DataType::Int8), Some(-127..=127));
        assert_eq!(Spread::Symmetric.integers(DataType::Int8), Some(-128..=127));
    }

    proptest! {
        #[test]
        fn both_ends_and_zero_come_back(least in -1e6_f32..0.0, greatest in 0.0_f32..1e6) {
            prop_assume!(greatest - least > 1e-3);
            for dtype in [DataType::Int8, DataType::UInt8, DataType::Int16] {
                let spread = Spread::Asymmetric;
                let quantization = Quantization::from_range(least, greatest, dtype, spread).unwrap();
                let integers = spread.integers(dtype).unwrap();
                for real in [least, 0.0, greatest] {
                    let integer = quantization.quantize(real, 0);
                    let within = integer.clamp((*integers.start()).into(), (*integers.end()).into());
                    let back = quantization.dequantize(within, 0);
                    let step = quantization.scale_of(0);
                    prop_assert!((back - real).abs() <= step * 0.51, "{real} {back} {step}");
                }
                prop_assert_eq!(quantization.dequantize(quantization.zero_point_of(0).into(), 0), 0.0);
            }
        }
    }
}
