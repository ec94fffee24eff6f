//! The natural logarithm in fixed point.

use super::exponential::{one_over_one_plus, rounding_half_sum, saturating_multiply_by_pot};
use super::fixed_point::{rounding_divide_by_pot, saturating_rounding_doubling_high_mul as mul};

/// `log(value)` in Q5 for a `value ≥ 1` in Q12.
///
/// The number is brought near 1 by a whole power of 2 or by one and a half, whichever leaves it
/// closer, and a Padé approximant serves the rest, with one more integer bit on the way. LiteRT's
/// `log_x_for_x_greater_than_or_equal_to_1` in `kernels/internal/common.h`.
pub fn log_of_at_least_one(value: i32) -> i32 {
    const INPUT_INTEGER_BITS: i32 = 12;
    const SUM_INTEGER_BITS: i32 = 6;
    const SUM_FRACTIONAL_BITS: u32 = 31 - SUM_INTEGER_BITS as u32;
    const LOG_2: i32 = 1_488_522_236;
    const FOURTH_ROOT_OF_HALF: i32 = 1_805_811_301;
    const ROOT_OF_HALF: i32 = 1_518_500_250;
    const QUARTER_OF_THE_SUM: i32 = 1 << (SUM_FRACTIONAL_BITS - 2);
    // With h the fourth root of 2: 11h/240, h/20, 2/h − h and h/4.
    const ALPHA_N: i32 = 117_049_297;
    const ALPHA_D: i32 = 127_690_142;
    const ALPHA_I: i32 = 1_057_819_769;
    const ALPHA_F: i32 = 638_450_708;

    let zeros = value.leading_zeros() as i32;
    let normalized = saturating_multiply_by_pot(value, (zeros - 1).max(0) as u32);
    let whole = saturating_multiply_by_pot(mul(normalized, ROOT_OF_HALF), 1);
    let power_of_whole =
        saturating_multiply_by_pot(INPUT_INTEGER_BITS - zeros, SUM_FRACTIONAL_BITS)
            .saturating_add(QUARTER_OF_THE_SUM);

    let headroom = (mul(value, ROOT_OF_HALF).leading_zeros() as i32 - 1).max(0);
    let halved = saturating_multiply_by_pot(value, headroom as u32);
    let power_of_halved =
        saturating_multiply_by_pot(INPUT_INTEGER_BITS - headroom, SUM_FRACTIONAL_BITS)
            .saturating_sub(QUARTER_OF_THE_SUM);

    let rest = whole.min(halved);
    let power = power_of_whole.max(power_of_halved);

    let middle = rounding_half_sum(rest, FOURTH_ROOT_OF_HALF);
    let distance = rest.wrapping_sub(FOURTH_ROOT_OF_HALF);
    let distance = distance.wrapping_add(distance);
    let square = mul(distance, distance);
    let numerator = mul(distance, rest).wrapping_add(mul(mul(distance, square), ALPHA_N));
    let factor = ALPHA_I
        .wrapping_add(distance)
        .wrapping_add(mul(ALPHA_D, square));
    let denominator_minus_one = mul(middle, factor).wrapping_add(mul(ALPHA_F, distance));
    let quotient = mul(
        rounding_divide_by_pot(numerator, SUM_INTEGER_BITS),
        one_over_one_plus(denominator_minus_one),
    );
    saturating_multiply_by_pot(mul(power, LOG_2).wrapping_add(quotient), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_real_function() {
        let one = 1 << 19;
        for value in [
            one,
            one + 1,
            one * 3 / 2,
            one * 2,
            one * 10 + 12_345,
            one * 1000,
            i32::MAX,
        ] {
            let actual = f64::from(log_of_at_least_one(value)) / f64::from(1 << 26);
            let expected = (f64::from(value) / f64::from(one)).ln();
            assert!(
                (actual - expected).abs() < 1e-6,
                "{value}: {actual} where {expected} is due"
            );
        }
    }
}
