//! The inverse square root in fixed point.

use super::exponential::saturating_multiply_by_pot;
use super::fixed_point::{
    QuantizedMultiplier, rounding_divide_by_pot, saturating_rounding_doubling_high_mul as mul,
};

/// `1 / √value` as a multiplier; a `value` below 2 counts as 1.
///
/// Five Newton steps in Q3 from a first guess of 1, as LiteRT's
/// `GetInvSqrtQuantizedMultiplierExp` in `kernels/internal/common.h`.
pub fn inverse_square_root(value: i32) -> QuantizedMultiplier {
    const ONE_IN_Q3: i32 = 1 << 28;
    const THREE_HALVES_IN_Q3: i32 = ONE_IN_Q3 + (ONE_IN_Q3 >> 1);
    const HALF_SQUARE_ROOT_OF_2: i32 = 1_518_500_250;
    if value <= 1 {
        return QuantizedMultiplier {
            multiplier: i32::MAX,
            shift: 0,
        };
    }
    let mut right_shift = 11;
    let mut scaled = value;
    while scaled >= 1 << 29 {
        scaled /= 4;
        right_shift += 1;
    }
    // Brings the number to [2^27, 2^29) by whole powers of 4.
    let bit_pairs = (scaled.leading_zeros() as i32 - 1) / 2 - 1;
    right_shift -= bit_pairs;
    scaled <<= 2 * bit_pairs;
    let half = rounding_divide_by_pot(scaled >> 1, 1);
    let mut x = ONE_IN_Q3;
    for _ in 0..5 {
        let cube = saturating_multiply_by_pot(mul(mul(x, x), x), 6);
        let next = mul(THREE_HALVES_IN_Q3, x).wrapping_sub(mul(half, cube));
        x = saturating_multiply_by_pot(next, 3);
    }
    let mantissa = mul(x, HALF_SQUARE_ROOT_OF_2);
    if right_shift < 0 {
        QuantizedMultiplier {
            multiplier: mantissa.wrapping_shl(-right_shift as u32),
            shift: 0,
        }
    } else {
        QuantizedMultiplier {
            multiplier: mantissa,
            shift: -right_shift,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_real_function() {
        for value in [
            2,
            3,
            4,
            255,
            65_025,
            1 << 20,
            (1 << 29) - 1,
            1 << 29,
            i32::MAX,
        ] {
            let root = inverse_square_root(value);
            let actual = f64::from(root.multiplier) * 2_f64.powi(root.shift - 31);
            let expected = 1.0 / f64::from(value).sqrt();
            assert!(
                (actual / expected - 1.0).abs() < 2e-6,
                "{value}: {actual} where {expected} is due"
            );
        }
    }

    #[test]
    fn one_and_below_are_one() {
        for value in [1, 0, -5] {
            assert_eq!(inverse_square_root(value).multiplier, i32::MAX);
        }
    }
}
