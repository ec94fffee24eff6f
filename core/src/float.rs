//! Functions of floats with the same bits on every platform: computed in double precision by sums and products alone, and rounded once.
//!
//! What [`exp`] rounds lies within 2^-45 of the real result, relative to it, and what [`tanh`] does within 2^-41, so that all but one of some
//! ten thousand results at most are the nearest floats. There are no branches, so that loops over them become vectors.

/// Sums with it end at whole numbers.
const WHOLE: f64 = (3_u64 << 51) as f64;

/// The natural logarithm of 2, of which the first part has so few bits that its multiples by exponents are exact.
const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];

/// `1 / n!`, from `n = 0` on.
const INVERSE_FACTORIALS: [f64; 12] = [
    1.0,
    1.0,
    0.5,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
    1.0 / 3_628_800.0,
    1.0 / 39_916_800.0,
];

/// `e^x` in double precision, for `x` from −200 to 200; NaN of NaN.
#[inline(always)]
fn exponential(x: f64) -> f64 {
    let sum = x * std::f64::consts::LOG2_E + WHOLE;
    let whole = sum - WHOLE;
    let rest = (x - whole * LN_2[0]) - whole * LN_2[1];
    // The series of e^rest, where |rest| is at most half of ln 2; pairs of terms do not wait for each other.
    let pair = |n: usize| INVERSE_FACTORIALS[n] + INVERSE_FACTORIALS[n + 1] * rest;
    let square = rest * rest;
    let four = |n: usize| pair(n) + pair(n + 2) * square;
    let fourth = square * square;
    let series = (four(0) + four(4) * fourth) + four(8) * (fourth * fourth);
    // The low bits of the sum are those of the whole number.
    let power = f64::from_bits(sum.to_bits().wrapping_add(1023) << 52);
    series * power
}

/// `x` between two bounds; NaN stays.
#[inline(always)]
fn clamp(x: f64, (low, high): (f64, f64)) -> f64 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// `e^x`: 0 and infinite beyond the range of floats, and NaN of NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    exponential(clamp(f64::from(x), (-110.0, 90.0))) as f32
}

/// The hyperbolic tangent.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let x = f64::from(x);
    let power = exponential(clamp(2.0 * x.abs(), (0.0, 40.0)));
    let far = (power - 1.0) / (power + 1.0);
    // Near 0 the difference from 1 has too few bits, and two terms of the series have enough.
    let square = x * x;
    let near = x.abs() * (1.0 - square * (1.0 / 3.0));
    let result = if square < 1.0 / 16_777_216.0 {
        near
    } else {
        far
    };
    result.copysign(x) as f32
}

/// `1 / (1 + e^−x)`, in single precision from the exponential on, as LiteRT has it: far from 0 it is 1 or `e^x`.
#[inline(always)]
pub fn logistic(x: f32) -> f32 {
    const UPPER: f32 = 16.619_047;
    const LOWER: f32 = -9.0;
    let power = exp(if x < LOWER { x } else { -x });
    let quotient = 1.0 / (1.0 + power);
    let result = if x < LOWER { power } else { quotient };
    if x > UPPER { 1.0 } else { result }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Floats of all magnitudes and both signs.
    fn floats() -> impl Iterator<Item = f32> {
        (0..=u32::MAX).step_by(4_099).map(f32::from_bits)
    }

    /// Whether a float is the nearest to a real, or lies beside one that is nearly halfway to the next.
    fn is_nearest(found: f32, real: f64) -> bool {
        let nearest = real as f32;
        if found == nearest || found.is_nan() && nearest.is_nan() {
            return true;
        }
        let step = (f64::from(found) - f64::from(nearest)).abs();
        let off = (f64::from(found) - real).abs();
        off < step * (0.5 + 1e-6)
    }

    #[test]
    fn results_are_the_nearest_floats() {
        for x in floats() {
            let real = f64::from(x);
            assert!(is_nearest(exp(x), real.exp()), "e^{x:e} = {:e}", exp(x));
            assert!(
                is_nearest(tanh(x), real.tanh()),
                "tanh {x:e} = {:e}",
                tanh(x)
            );
        }
    }

    #[test]
    fn ends_are_those_of_the_functions() {
        assert_eq!(
            [exp(0.0), exp(-0.0), exp(f32::NEG_INFINITY)],
            [1.0, 1.0, 0.0]
        );
        assert_eq!([exp(88.73), exp(f32::INFINITY)], [f32::INFINITY; 2]);
        assert_eq!([exp(-103.9), exp(-104.0)], [f32::from_bits(1), 0.0]);
        assert_eq!([tanh(f32::INFINITY), tanh(f32::NEG_INFINITY)], [1.0, -1.0]);
        assert!(tanh(-0.0).is_sign_negative());
        assert_eq!([logistic(0.0), logistic(17.0)], [0.5, 1.0]);
        assert_eq!(
            [logistic(-9.5), logistic(f32::NEG_INFINITY)],
            [exp(-9.5), 0.0]
        );
        for function in [exp, tanh, logistic] {
            assert!(function(f32::NAN).is_nan());
        }
    }
}
