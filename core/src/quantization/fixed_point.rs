//! Multiplication by a real factor in integers, as LiteRT's reference kernels do it.
//!
//! The rules come from LiteRT's `kernels/internal/common.h` and `quantization_util.cc` and from
//! gemmlowp's `fixedpoint.h`; both builds of the reference use two roundings.

/// A positive real factor as a 31-bit mantissa and a power of two:
/// `multiplier · 2^(shift − 31)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuantizedMultiplier {
    /// The mantissa, in `[2^30, 2^31)`, or 0.
    pub multiplier: i32,
    /// The exponent: positive shifts left.
    pub shift: i32,
}

impl QuantizedMultiplier {
    /// The nearest multiplier to `factor`; a factor below 2^-32 gives 0.
    pub fn from_factor(factor: f64) -> Self {
        if factor == 0.0 || !factor.is_finite() {
            return QuantizedMultiplier::default();
        }
        let (fraction, mut shift) = frexp(factor);
        let mut mantissa = (fraction * 2_f64.powi(31)).round() as i64;
        if mantissa == 1 << 31 {
            mantissa /= 2;
            shift += 1;
        }
        if shift < -31 {
            return QuantizedMultiplier::default();
        }
        if shift > 30 {
            return QuantizedMultiplier {
                multiplier: i32::MAX,
                shift: 30,
            };
        }
        QuantizedMultiplier {
            multiplier: mantissa as i32,
            shift,
        }
    }

    /// The factor over a positive `count`: the mantissa is shifted left as far as the count has bits,
    /// then divided by it.
    pub fn divided_by(self, count: i64) -> Self {
        let shift = (63 - count.leading_zeros() as i32)
            .min(32)
            .min(31 + self.shift);
        QuantizedMultiplier {
            multiplier: ((i64::from(self.multiplier) << shift) / count) as i32,
            shift: self.shift - shift,
        }
    }

    /// `value` times the factor, rounded twice.
    pub fn apply(self, value: i32) -> i32 {
        multiply_by_quantized_multiplier(value, self.multiplier, self.shift)
    }

    /// `value` times the factor, rounded twice, the second time with halves up, as the matrix products of
    /// LiteRT's CPU backend round.
    pub fn apply_with_halves_up(self, value: i32) -> i32 {
        let shifted = value.wrapping_shl(self.shift.max(0) as u32);
        let product = saturating_rounding_doubling_high_mul(shifted, self.multiplier);
        let right = (-self.shift).max(0);
        ((i64::from(product) + ((1_i64 << right) >> 1)) >> right) as i32
    }

    /// The mantissa rounded to 16 bits, and how far a product with it is shifted to the right: 1 to 63.
    pub fn reduced(self) -> (i64, i32) {
        let mantissa = if self.multiplier < 0x7fff_0000 {
            (self.multiplier + (1 << 15)) >> 16
        } else {
            0x7fff
        };
        (mantissa.into(), (15 - self.shift).clamp(1, 63))
    }

    /// `value` times the factor with a 16-bit mantissa, rounded once.
    pub fn apply_64(self, value: i64) -> i32 {
        multiply_by_quantized_multiplier_64(value, self.multiplier, self.shift)
    }
}

/// Splits a finite non-zero number into a fraction in `[0.5, 1)` and an exponent of two.
fn frexp(value: f64) -> (f64, i32) {
    let bits = value.to_bits();
    let biased = ((bits >> 52) & 0x7ff) as i32;
    if biased == 0 {
        let (fraction, exponent) = frexp(value * 2_f64.powi(64));
        return (fraction, exponent - 64);
    }
    let fraction = f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52));
    (fraction, biased - 1022)
}

/// The high 32 bits of `2·a·b`, rounded to nearest, ties away from zero on the positive side;
/// saturates only where both are the smallest integer.
pub fn saturating_rounding_doubling_high_mul(a: i32, b: i32) -> i32 {
    if a == i32::MIN && b == i32::MIN {
        return i32::MAX;
    }
    let product = i64::from(a) * i64::from(b);
    let nudge = if product >= 0 { 1 << 30 } else { 1 - (1 << 30) };
    ((product + nudge) / (1 << 31)) as i32
}

/// `value / 2^exponent`, rounded to nearest, ties away from zero; `exponent` is in `0..=31`.
#[inline]
pub fn rounding_divide_by_pot(value: i32, exponent: i32) -> i32 {
    let mask = ((1_i64 << exponent) - 1) as i32;
    let remainder = value & mask;
    let threshold = (mask >> 1) + i32::from(value < 0);
    // A shift by 31 leaves the sign alone, as the arithmetic shift of the reference does.
    (value >> exponent) + i32::from(remainder > threshold)
}

/// `value · multiplier · 2^(shift − 31)` with two roundings: the doubling high multiply, then the
/// division by a power of two. A left shift wraps, as in the reference.
pub fn multiply_by_quantized_multiplier(value: i32, multiplier: i32, shift: i32) -> i32 {
    let left = shift.max(0);
    let right = (-shift).max(0);
    let shifted = value.wrapping_shl(left as u32);
    rounding_divide_by_pot(
        saturating_rounding_doubling_high_mul(shifted, multiplier),
        right,
    )
}

/// `value · multiplier · 2^(shift − 31)` for the 64-bit sums of 16-bit activations: the mantissa
/// is rounded to 16 bits and the product once, half up.
///
/// The reference asserts `shift < 8`; a larger shift acts as 14.
pub fn multiply_by_quantized_multiplier_64(value: i64, multiplier: i32, shift: i32) -> i32 {
    let (reduced, right) = QuantizedMultiplier { multiplier, shift }.reduced();
    let product = value.wrapping_mul(reduced);
    (product.wrapping_add(1_i64 << (right - 1)) >> right) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_split_into_mantissa_and_exponent() {
        let half = QuantizedMultiplier::from_factor(0.5);
        assert_eq!((half.multiplier, half.shift), (1 << 30, 0));
        let almost_one = QuantizedMultiplier::from_factor(1.0 - 1e-12);
        assert_eq!((almost_one.multiplier, almost_one.shift), (1 << 30, 1));
        assert_eq!(
            QuantizedMultiplier::from_factor(1e-12),
            QuantizedMultiplier::default()
        );
        assert_eq!(frexp(f64::MIN_POSITIVE / 4.0), (0.5, -1023));
    }

    #[test]
    fn high_multiply_saturates_once() {
        assert_eq!(
            saturating_rounding_doubling_high_mul(i32::MIN, i32::MIN),
            i32::MAX
        );
        assert_eq!(
            saturating_rounding_doubling_high_mul(i32::MIN, i32::MAX),
            -i32::MAX
        );
        assert_eq!(saturating_rounding_doubling_high_mul(1 << 30, 3), 2);
        assert_eq!(saturating_rounding_doubling_high_mul(1 << 30, -3), -1);
    }

    #[test]
    fn division_rounds_half_away_from_zero() {
        for (value, exponent, expected) in [
            (5, 1, 3),
            (-5, 1, -3),
            (4, 3, 1),
            (-4, 3, -1),
            (-3, 3, 0),
            (i32::MAX, 31, 1),
            (i32::MIN, 31, -1),
            (7, 0, 7),
        ] {
            assert_eq!(rounding_divide_by_pot(value, exponent), expected);
        }
    }

    #[test]
    fn halves_go_up_after_a_first_rounding() {
        let factor = QuantizedMultiplier::from_factor(0.3);
        // 2·3·0.3 = 1.8 is 2, and its half 1; −10·0.6 = −6 is −3. −5·0.6 = −3 has the half −1.5, which goes up.
        assert_eq!(factor.apply_with_halves_up(3), 1);
        assert_eq!(factor.apply_with_halves_up(-10), -3);
        assert_eq!(factor.apply_with_halves_up(-5), -1);
        assert_eq!(factor.apply(-5), -2);
    }

    #[test]
    fn wide_multiply_rounds_once_and_half_up() {
        let half = QuantizedMultiplier::from_factor(0.5);
        assert_eq!(half.apply_64(3), 2);
        assert_eq!(half.apply_64(-3), -1);
        assert_eq!(half.apply(3), 2);
    }
}
