//! The exponentials of SOFTMAX, as LiteRT's `kernels/internal/reference/softmax.h` has them.

use super::exponential::exp_on_negative_values;
use super::fixed_point::{QuantizedMultiplier, saturating_rounding_doubling_high_mul};
use super::lookup_table::LookupTable16;

/// Integer bits of the scaled difference from the row's maximum.
const DIFFERENCE_INTEGER_BITS: i32 = 5;

/// The fixed-point softmax of 8-bit numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoftmaxScale {
    multiplier: QuantizedMultiplier,
    smallest_difference: i32,
}

impl SoftmaxScale {
    /// Prepares the scaling of differences, or `None` where `input_scale · beta` is so small that
    /// differences cannot be scaled to Q5 with a factor above 1.
    pub fn new(input_scale: f32, beta: f32) -> Option<Self> {
        let fractional_bits = 31 - DIFFERENCE_INTEGER_BITS;
        let factor = f64::from(beta) * f64::from(input_scale) * 2_f64.powi(fractional_bits);
        let multiplier = QuantizedMultiplier::from_factor(factor.min(2_f64.powi(31) - 1.0));
        if !(factor > 1.0 && multiplier.shift >= 0) {
            return None;
        }
        let largest = f64::from((1 << DIFFERENCE_INTEGER_BITS) - 1);
        let radius = largest * 2_f64.powi(fractional_bits - multiplier.shift);
        Some(SoftmaxScale {
            multiplier,
            smallest_difference: -(radius.floor() as i32),
        })
    }

    /// The exponential in Q0 of a difference from the maximum, or `None` if it counts as 0.
    pub fn exp(&self, difference: i32) -> Option<i32> {
        (difference >= self.smallest_difference).then(|| {
            let shifted = difference.wrapping_shl(self.multiplier.shift as u32);
            exp_on_negative_values(saturating_rounding_doubling_high_mul(
                shifted,
                self.multiplier.multiplier,
            ))
        })
    }
}

/// The table-driven softmax of 16-bit numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoftmaxTables {
    /// What brings differences from the maximum to the input scale of `exp`.
    pub multiplier: QuantizedMultiplier,
    /// `exp(x)` on `[−10, 0]`.
    pub exp: LookupTable16,
    /// `1 / (1 + x)` on `[0, 1]`.
    pub one_over_one_plus: LookupTable16,
}

impl SoftmaxTables {
    /// Builds the tables of `exp(x)` on `[−10, 0]` and `1 / (1 + x)` on `[0, 1]`.
    pub fn new(input_scale: f32, beta: f32) -> Self {
        const STEPS: f64 = 65535.0;
        let output = (2.0 / STEPS, 0);
        let factor = f64::from(input_scale * beta) / (10.0 / STEPS);
        SoftmaxTables {
            multiplier: QuantizedMultiplier::from_factor(factor),
            exp: LookupTable16::in_double_precision(
                (10.0 / STEPS, i32::from(i16::MAX)),
                output,
                f64::exp,
            ),
            one_over_one_plus: LookupTable16::in_double_precision(
                (1.0 / STEPS, i32::from(i16::MIN)),
                output,
                |x| 1.0 / (1.0 + x),
            ),
        }
    }

    /// The exponential of a difference from the maximum, which is not positive.
    pub fn exp(&self, difference: i32) -> i16 {
        let scaled = self.multiplier.apply(difference).saturating_add(32767);
        let range = (i32::from(i16::MIN), i32::from(i16::MAX));
        self.exp.get(scaled.clamp(range.0, range.1) as i16)
    }
}
