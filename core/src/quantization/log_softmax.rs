//! The fixed point of LOG_SOFTMAX, as LiteRT's `kernels/internal/reference/log_softmax.h` has it.

use super::exponential::exp_on_negative_values;
use super::fixed_point::{QuantizedMultiplier, rounding_divide_by_pot};

/// Integer bits of the scaled difference from the row's maximum.
const DIFFERENCE_INTEGER_BITS: i32 = 5;
/// Integer bits of the sum of exponentials.
const SUM_INTEGER_BITS: i32 = 12;

/// The fixed-point logarithm of the softmax of 8-bit numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSoftmaxScale {
    multiplier: QuantizedMultiplier,
    /// Brings a scaled difference back to the input's scale.
    reverse: QuantizedMultiplier,
    smallest_difference: i32,
}

impl LogSoftmaxScale {
    /// Prepares the scaling of differences, or `None` where `input_scale` is so small that
    /// differences cannot be scaled to Q5 with a factor above 2.
    pub fn new(input_scale: f32) -> Option<Self> {
        let fractional_bits = 31 - DIFFERENCE_INTEGER_BITS;
        let factor = f64::from(input_scale) * 2_f64.powi(fractional_bits);
        let multiplier = QuantizedMultiplier::from_factor(factor.min(2_f64.powi(31) - 1.0));
        let reverse = 2_f64.powi(31 - multiplier.shift) / f64::from(multiplier.multiplier);
        if !(factor > 1.0 && multiplier.shift > 0 && reverse < 1.0) {
            return None;
        }
        let largest = f64::from((1 << DIFFERENCE_INTEGER_BITS) - 1);
        let radius = largest * 2_f64.powi(fractional_bits - multiplier.shift);
        Some(LogSoftmaxScale {
            multiplier,
            reverse: QuantizedMultiplier::from_factor(reverse),
            smallest_difference: -(radius.floor() as i32),
        })
    }

    /// What brings a logarithm in Q5 back to the input's scale.
    pub fn reverse(&self) -> QuantizedMultiplier {
        self.reverse
    }

    /// The difference from the maximum below which an exponential counts as 0.
    pub fn smallest_difference(&self) -> i32 {
        self.smallest_difference
    }

    /// A difference from the maximum in Q5.
    pub fn scaled(&self, difference: i32) -> i32 {
        self.multiplier.apply(difference)
    }

    /// The exponential in Q12 of a difference from the maximum.
    pub fn exp(&self, difference: i32) -> i32 {
        if difference < self.smallest_difference {
            return 0;
        }
        let exp = exp_on_negative_values(self.scaled(difference));
        rounding_divide_by_pot(exp, SUM_INTEGER_BITS)
    }
}
