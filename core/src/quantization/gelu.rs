//! GELU of reals, in single precision and in halves.

use std::f32::consts::FRAC_1_SQRT_2;

use half::f16;

/// `x · Φ(x)` with Φ the normal distribution, from the complementary error function.
pub fn gelu(x: f32) -> f32 {
    0.5 * x * libm::erfcf(x * -FRAC_1_SQRT_2)
}

/// [`gelu`] with Φ approximated with `tanh` of a cubic polynomial.
pub fn gelu_approximate(x: f32) -> f32 {
    const ROOT_OF_2_OVER_PI: f32 = 0.797_884_6;
    let polynomial = x + 0.044_715 * x * x * x;
    0.5 * x * (1.0 + (ROOT_OF_2_OVER_PI * polynomial).tanh())
}

/// [`gelu`] of a half, each of whose steps is rounded to one.
pub fn gelu_f16(x: f16) -> f16 {
    let argument = x * f16::from_f32(-FRAC_1_SQRT_2);
    f16::from_f32(0.5) * x * f16::from_f32(libm::erfcf(argument.to_f32()))
}

/// [`gelu_approximate`] of a half, each of whose steps is rounded to one.
pub fn gelu_approximate_f16(x: f16) -> f16 {
    const ROOT_OF_2_OVER_PI: f32 = 0.797_884_6;
    let polynomial = x + f16::from_f32(0.044_715) * (x * x * x);
    let tanh = (f16::from_f32(ROOT_OF_2_OVER_PI) * polynomial)
        .to_f32()
        .tanh();
    f16::from_f32(0.5) * x * (f16::ONE + f16::from_f32(tanh))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(gelu(0.0), 0.0);
        assert!((gelu(1.0) - 0.841_344_7).abs() < 1e-6);
        assert!((gelu(-1.0) + 0.158_655_3).abs() < 1e-6);
        assert!((gelu_approximate(1.0) - 0.841_192).abs() < 1e-6);
        assert_eq!(gelu(20.0), 20.0);
    }

    #[test]
    fn halves_are_a_few_steps_off_at_most() {
        for bits in f16::MIN_POSITIVE.to_bits()..f16::from_f32(8.0).to_bits() {
            for x in [f16::from_bits(bits), -f16::from_bits(bits)] {
                let off = (gelu_f16(x).to_f32() - gelu(x.to_f32())).abs();
                assert!(off <= 4.0 * f16::EPSILON.to_f32() * x.to_f32().abs(), "{x}");
            }
        }
        assert!((gelu_approximate_f16(f16::ONE).to_f32() - 0.841_192).abs() < 1e-3);
    }
}
