//! The logistic function and the hyperbolic tangent in 16-bit fixed point, as the gates of integer
//! recurrent cells compute them with gemmlowp's `fixedpoint.h`.
//!
//! A number with `m` integer bits is an `i16` that stands for `raw / 2^(15 − m)`.

use super::fixed_point::rounding_divide_by_pot;

/// The logistic function of a number with 3 integer bits; the result has none.
#[inline]
pub fn logistic_gate(value: i16) -> i16 {
    if value == 0 {
        return 1 << 14;
    }
    let negative = if value > 0 {
        value.wrapping_neg()
    } else {
        value
    };
    let of_magnitude = one_over_one_plus(exp_on_negative_values(negative, 3));
    if value > 0 {
        of_magnitude
    } else {
        i16::MAX - of_magnitude
    }
}

/// The hyperbolic tangent of a number with `integer_bits` integer bits, 6 at most; the result has
/// none.
#[inline]
pub fn tanh_gate(value: i16, integer_bits: u32) -> i16 {
    if value == 0 {
        return 0;
    }
    let negative = if value < 0 {
        value
    } else {
        value.wrapping_neg()
    };
    // The double of a number is the same bits with one integer bit more.
    let of_negative = one_minus_over_one_plus(exp_on_negative_values(negative, integer_bits + 1));
    if value < 0 {
        of_negative.wrapping_neg()
    } else {
        of_negative
    }
}

/// The product of two numbers, rounded half away from zero.
#[inline]
fn mul(a: i16, b: i16) -> i16 {
    if a == i16::MIN && b == i16::MIN {
        return i16::MAX;
    }
    let product = i32::from(a) * i32::from(b);
    let nudge = if product >= 0 { 1 << 14 } else { 1 - (1 << 14) };
    ((product + nudge) / (1 << 15)) as i16
}

/// A number with `bits` integer bits less than it had.
#[inline]
fn with_fewer_integer_bits(value: i16, bits: u32) -> i16 {
    (i32::from(value) << bits).clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[inline]
fn half(value: i16) -> i16 {
    rounding_divide_by_pot(value.into(), 1) as i16
}

/// `exp` of a number that is not positive; the result has no integer bits.
#[inline]
fn exp_on_negative_values(value: i16, integer_bits: u32) -> i16 {
    // exp(−2^k) for k from −2 up.
    const EXP_OF_NEGATIVE_POWERS: [i16; 7] = [25_520, 19_875, 12_055, 4_435, 600, 11, 0];
    let fractional_bits = 15 - integer_bits;
    if value == 0 {
        return i16::MAX;
    }
    // −32, below which the result is 0.
    if integer_bits > 5 && i32::from(value) < -(32 << fractional_bits) {
        return 0;
    }
    let one_quarter = 1_i16 << (fractional_bits - 2);
    let within_quarter = (value & (one_quarter - 1)) - one_quarter;
    let remainder = within_quarter.wrapping_sub(value);
    let mut result = exp_between_negative_one_quarter_and_zero(with_fewer_integer_bits(
        within_quarter,
        integer_bits,
    ));
    for (bit, factor) in (fractional_bits - 2..15).zip(EXP_OF_NEGATIVE_POWERS) {
        if remainder & (1 << bit) != 0 {
            result = mul(result, factor);
        }
    }
    result
}

/// `exp` of a number without integer bits in `[−1/4, 0)`, by a Taylor series around −1/8.
#[inline]
fn exp_between_negative_one_quarter_and_zero(value: i16) -> i16 {
    const EXP_OF_MINUS_ONE_EIGHTH: i16 = 28_918;
    const ONE_THIRD: i16 = 10_923;
    let x = value.wrapping_add(1 << 12);
    let x2 = mul(x, x);
    let x3 = mul(x2, x);
    let x4_over_4 = rounding_divide_by_pot(mul(x2, x2).into(), 2) as i16;
    let tail = half(mul(x4_over_4.wrapping_add(x3), ONE_THIRD).wrapping_add(x2));
    let product = mul(EXP_OF_MINUS_ONE_EIGHTH, x.wrapping_add(tail));
    EXP_OF_MINUS_ONE_EIGHTH.saturating_add(product)
}

/// Three Newton steps towards the reciprocal of `(1 + value) / 2`, with 2 integer bits.
#[inline]
fn two_over_one_plus(value: i16) -> i16 {
    const FORTY_EIGHT_OVER_17: i16 = 23_130;
    const MINUS_32_OVER_17: i16 = -15_420;
    const ONE_IN_Q2: i16 = 1 << 13;
    let sum = i32::from(value) + i32::from(i16::MAX);
    let half_denominator = ((sum + if sum >= 0 { 1 } else { -1 }) / 2) as i16;
    let mut x = FORTY_EIGHT_OVER_17.wrapping_add(mul(half_denominator, MINUS_32_OVER_17));
    for _ in 0..3 {
        let error = ONE_IN_Q2.wrapping_sub(mul(half_denominator, x));
        x = x.wrapping_add(with_fewer_integer_bits(mul(x, error), 2));
    }
    x
}

/// `1 / (1 + x)` of a number in `[0, 1]`; neither has integer bits.
#[inline]
fn one_over_one_plus(value: i16) -> i16 {
    // Half of two over it: the same bits with one integer bit less.
    with_fewer_integer_bits(two_over_one_plus(value), 1)
}

/// `(1 − x) / (1 + x)` of a number in `[0, 1]`; neither has integer bits.
#[inline]
fn one_minus_over_one_plus(value: i16) -> i16 {
    const ONE_IN_Q2: i16 = 1 << 13;
    with_fewer_integer_bits(two_over_one_plus(value).wrapping_sub(ONE_IN_Q2), 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_follow_the_real_functions() {
        for raw in i16::MIN..=i16::MAX {
            let x = f64::from(raw) / 4096.0;
            let expected = 32768.0 / (1.0 + (-x).exp());
            let actual = f64::from(logistic_gate(raw));
            assert!((actual - expected).abs() < 12.0, "{raw}: {actual}");
            for bits in 0..=6 {
                let x = f64::from(raw) / 2_f64.powi(15 - bits as i32);
                let actual = f64::from(tanh_gate(raw, bits));
                let expected = 32768.0 * x.tanh();
                assert!((actual - expected).abs() < 24.0, "{raw} Q{bits}: {actual}");
            }
        }
    }

    #[test]
    fn gates_are_odd_around_the_middle() {
        assert_eq!((logistic_gate(0), tanh_gate(0, 3)), (1 << 14, 0));
        for raw in [1_i16, 77, 4096, 12345, 32767] {
            assert_eq!(logistic_gate(raw), i16::MAX - logistic_gate(-raw));
            assert_eq!(tanh_gate(raw, 3), -tanh_gate(-raw, 3));
        }
    }
}
