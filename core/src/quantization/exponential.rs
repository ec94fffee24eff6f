//! The exponential and the reciprocal in 32-bit fixed point, as gemmlowp's `fixedpoint.h` has them.
//!
//! A number with `m` integer bits is written `Qm`: an `i32` that stands for `raw / 2^(31 − m)`.

use super::fixed_point::{rounding_divide_by_pot, saturating_rounding_doubling_high_mul as mul};

/// `value · 2^exponent`, held at the ends of the integer range; `exponent` is in `0..=31`.
pub fn saturating_multiply_by_pot(value: i32, exponent: u32) -> i32 {
    (i64::from(value) << exponent).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

/// `exp(value)` as Q0 for a `value ≤ 0` in Q5.
///
/// A Taylor series around −1/8 serves the fraction within the last quarter; each further bit of
/// the magnitude multiplies by its own constant.
pub fn exp_on_negative_values(value: i32) -> i32 {
    const FRACTIONAL_BITS: u32 = 26;
    const ONE_QUARTER: i32 = 1 << (FRACTIONAL_BITS - 2);
    /// `exp(−2^k)` in Q0 for k in −2..=4.
    const EXP_OF_NEGATIVE_POWERS: [i32; 7] = [
        1_672_461_947,
        1_302_514_674,
        790_015_084,
        290_630_308,
        39_332_535,
        720_401,
        242,
    ];
    if value == 0 {
        return i32::MAX;
    }
    let within_quarter = (value & (ONE_QUARTER - 1)) - ONE_QUARTER;
    let remainder = within_quarter.wrapping_sub(value);
    let mut result =
        exp_between_negative_one_quarter_and_zero(saturating_multiply_by_pot(within_quarter, 5));
    for (bit, factor) in (FRACTIONAL_BITS - 2..).zip(EXP_OF_NEGATIVE_POWERS) {
        if remainder & (1 << bit) != 0 {
            result = mul(result, factor);
        }
    }
    result
}

/// `exp(value)` for `value` in `[−1/4, 0)`, both Q0.
fn exp_between_negative_one_quarter_and_zero(value: i32) -> i32 {
    const EXP_OF_MINUS_ONE_EIGHTH: i32 = 1_895_147_668;
    const ONE_THIRD: i32 = 715_827_883;
    let x = value + (1 << 28);
    let x2 = mul(x, x);
    let x3 = mul(x2, x);
    let x4 = mul(x2, x2);
    let x4_over_4 = rounding_divide_by_pot(x4, 2);
    let tail = rounding_divide_by_pot(mul(x4_over_4 + x3, ONE_THIRD) + x2, 1);
    EXP_OF_MINUS_ONE_EIGHTH + mul(EXP_OF_MINUS_ONE_EIGHTH, x + tail)
}

/// `1 / (1 + value)` for `value` in `[0, 1)`, both Q0: three Newton steps in Q2.
pub fn one_over_one_plus(value: i32) -> i32 {
    const FORTY_EIGHT_OVER_17: i32 = 1_515_870_810;
    const MINUS_32_OVER_17: i32 = -1_010_580_540;
    const ONE_IN_Q2: i32 = 1 << 29;
    let half_denominator = rounding_half_sum(value, i32::MAX);
    let mut x = FORTY_EIGHT_OVER_17 + mul(half_denominator, MINUS_32_OVER_17);
    for _ in 0..3 {
        let error = ONE_IN_Q2 - mul(half_denominator, x);
        x += saturating_multiply_by_pot(mul(x, error), 2);
    }
    saturating_multiply_by_pot(x, 1)
}

/// `(a + b) / 2`, rounded half away from zero.
pub(super) fn rounding_half_sum(a: i32, b: i32) -> i32 {
    let sum = i64::from(a) + i64::from(b);
    ((sum + if sum >= 0 { 1 } else { -1 }) / 2) as i32
}

/// The reciprocal of a positive `value` in `Q(integer_bits)`: `(scale, bits_over_unit)` with
/// `1 / value = scale · 2^−bits_over_unit`, `scale` in Q0.
pub fn reciprocal(value: i32, integer_bits: u32) -> (i32, i32) {
    let headroom_plus_one = value.leading_zeros();
    let shifted_minus_one = (value as u32).wrapping_shl(headroom_plus_one) & 0x7fff_ffff;
    (
        one_over_one_plus(shifted_minus_one as i32),
        integer_bits as i32 - headroom_plus_one as i32,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: f64 = (1_u64 << 31) as f64;

    #[test]
    fn exponential_follows_the_real_one() {
        for step in 0..4000 {
            let raw = -(step * 536_870);
            let expected = (f64::from(raw) / f64::from(1 << 26)).exp();
            let actual = f64::from(exp_on_negative_values(raw)) / UNIT;
            assert!((expected - actual).abs() < 3e-7, "{raw}: {actual}");
        }
        assert_eq!(exp_on_negative_values(0), i32::MAX);
        assert_eq!(exp_on_negative_values(i32::MIN), 0);
    }

    #[test]
    fn reciprocal_follows_the_real_one() {
        for value in [
            1_i32 << 19,
            (1 << 19) + 12345,
            3 << 19,
            1001 << 19,
            77_777_777,
        ] {
            let (scale, bits_over_unit) = reciprocal(value, 12);
            let real = f64::from(value) / f64::from(1 << 19);
            let actual = f64::from(scale) / UNIT * 2_f64.powi(-bits_over_unit);
            assert!((actual * real - 1.0).abs() < 1e-6, "{value}: {actual}");
        }
    }

    #[test]
    fn left_shifts_saturate() {
        assert_eq!(saturating_multiply_by_pot(1 << 30, 1), i32::MAX);
        assert_eq!(saturating_multiply_by_pot(-(1 << 30), 2), i32::MIN);
        assert_eq!(saturating_multiply_by_pot(-3, 5), -96);
    }
}
