//! The exponential of floats, and what is made of it, without branches and with one rounding for each operation, so that all
//! instructions give the same bits.

use super::clamp::clamp;

/// The natural logarithm of 2, of which the first part has so few bits that its multiples by exponents are exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// Sums with it end at whole numbers.
const WHOLE: f32 = (3 << 22) as f32;

/// `2^exponent` for exponents from −126 to 127.
#[inline(always)]
fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits(((exponent + 127) as u32) << 23)
}

/// `e^x`, to two steps; 0 and infinite beyond the range of floats, and NaN of NaN.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let x = clamp(x, (-104.0, 89.0));
    let sum = x * std::f32::consts::LOG2_E + WHOLE;
    let whole = sum - WHOLE;
    let rest = (x - whole * LN_2[0]) - whole * LN_2[1];
    // The series of e^rest, where |rest| is at most half of ln 2.
    let mut series = 1.0 / 5040.0;
    for coefficient in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        series = series * rest + coefficient;
    }
    let exponent = sum.to_bits().wrapping_sub(WHOLE.to_bits()) as i32;
    // Two factors, since the power may lie beyond the range where the result does not. NaN has an exponent of its own.
    let half = (exponent >> 1).clamp(-63, 64);
    let other = exponent.wrapping_sub(half).clamp(-126, 127);
    series * power_of_two(half) * power_of_two(other)
}

/// `1 / (1 + e^−x)`; 1 or `e^x` far from 0, as the reference has it.
#[inline(always)]
pub(crate) fn logistic(x: f32) -> f32 {
    let power = exp(-x.abs());
    let numerator = if x < 0.0 { power } else { 1.0 };
    let quotient = numerator / (1.0 + power);
    if x < -9.0 { power } else { quotient }
}

/// Coefficients of `(tanh x / x − 1) / x²` in powers of `x²`, fitted for |x| up to 0.625.
const TANH: [f32; 5] = [
    -0.333_332_73,
    0.133_312_08,
    -0.053_720_404,
    0.020_576_4,
    -0.005_634_991,
];

/// The hyperbolic tangent, to a few steps.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let magnitude = x.abs();
    let square = magnitude * magnitude;
    let [c0, c1, c2, c3, c4] = TANH;
    let series = (((c4 * square + c3) * square + c2) * square + c1) * square + c0;
    let near = magnitude + magnitude * (square * series);
    let power = exp(-2.0 * magnitude);
    let far = (1.0 - power) / (1.0 + power);
    let result = if magnitude < 0.625 { near } else { far };
    result.copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps of the result's size between a float and the real that it should be.
    fn steps(found: f32, expected: f64) -> f64 {
        let step = f64::from(f32::EPSILON) * expected.abs().max(f64::from(f32::MIN_POSITIVE));
        (f64::from(found) - expected).abs() / step
    }

    fn arguments(end: f32) -> impl Iterator<Item = f32> {
        (-200_000..=200_000).map(move |index| index as f32 / 200_000.0 * end)
    }

    #[test]
    fn functions_are_near_the_reals() {
        for x in arguments(88.5) {
            let real = f64::from(x);
            if real > -87.0 {
                assert!(steps(exp(x), real.exp()) < 2.0, "{x}");
            }
            assert!(steps(tanh(x), real.tanh()) < 3.0, "{x}: {}", tanh(x));
        }
        for x in arguments(1.0) {
            assert!(steps(tanh(x), f64::from(x).tanh()) < 3.0, "{x}");
            assert!(steps(logistic(x), 1.0 / (1.0 + (-f64::from(x)).exp())) < 3.0);
        }
    }

    #[test]
    fn ends_are_those_of_the_functions() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp(100.0), f32::INFINITY);
        assert_eq!(exp(-103.0), (-103_f32).exp());
        assert_eq!([logistic(0.0), logistic(17.0)], [0.5, 1.0]);
        assert_eq!(logistic(f32::NEG_INFINITY), 0.0);
        assert_eq!([tanh(f32::INFINITY), tanh(-50.0)], [1.0, -1.0]);
        assert!(tanh(-0.0).is_sign_negative());
        for function in [exp, logistic, tanh] {
            assert!(function(f32::NAN).is_nan());
        }
    }
}
