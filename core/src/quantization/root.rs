//! Square roots of quantized numbers and their inverses.

use super::fixed_point::QuantizedMultiplier;
use super::inverse_square_root::inverse_square_root;

/// The root of a quantized number that is not negative: in single precision, and cut off rather
/// than rounded, as in LiteRT. `input` and `output` are scale and zero point; the result still has
/// to saturate.
pub fn square_root(value: i32, input: (f32, i32), output: (f32, i32)) -> i32 {
    let real = input.0 * (value - input.1) as f32;
    ((real.sqrt() / output.0) as i32).saturating_add(output.1)
}

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

    /// The quantized result for a quantized number that is not negative, which still has to
    /// saturate; the greatest for 0.
    pub fn apply(&self, value: i32) -> i32 {
        let value = value - self.zero_point;
        if value == 0 {
            return i32::MAX;
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_cut_off() {
        // √(0.5 · 6) = 1.732, 17.3 steps of 0.1.
        assert_eq!(square_root(7, (0.5, 1), (0.1, -5)), 12);
    }

    #[test]
    fn inverse_roots_come_within_one_step_of_the_real_ones() {
        let scale = RsqrtScale::new((0.1, -100), (0.02, -128));
        assert_eq!(scale.apply(-100), i32::MAX);
        for value in -99..=127 {
            let real = 1.0 / (0.1 * (f64::from(value) + 100.0)).sqrt();
            let error = f64::from(scale.apply(value)) - (real / 0.02 - 128.0);
            assert!(error.abs() <= 0.51, "{value}: off by {error}");
        }
    }
}
