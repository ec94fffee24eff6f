//! GELU of reals, in single precision.

use std::f32::consts::FRAC_1_SQRT_2;

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
}
