//! How exactly each op has to compute its function of a float32 number, or of a row of them.
//!
//! Bounds are of the element that the reference gives. Where WGSL states the [accuracy of a built-in
//! function](https://www.w3.org/TR/WGSL/#floating-point-accuracy), an op that is that function alone is held to it, with one more step for the
//! reference's own library; functions whose stated accuracy is too coarse to tell right from wrong (`sin`, `cos` and `tanh`) are held
//! to what a float32 implementation with a reduction of its argument reaches.
//!
//! Sums have no place here: how far they may lie apart follows from the products of each element, see
//! [`float_bound`](crate::float_bound).

use demilite_core::Op;

use crate::under_test;

/// A step of float32, as a part of the number.
pub(crate) const STEP: f64 = f32::EPSILON as f64;

/// The least normal float32: what is smaller may be flushed to zero.
pub(crate) const MIN_NORMAL: f64 = f32::MIN_POSITIVE as f64;

/// How far a result may lie from the reference's: the sum of three allowances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Distance on the number line.
    pub absolute: f64,
    /// Steps of float32 at the result.
    pub steps: f64,
    /// Further steps for each unit of the result's natural logarithm: an error of an exponent grows with it.
    pub steps_per_log: f64,
}

impl Accuracy {
    /// The reference's bits.
    pub const EXACT: Accuracy = Accuracy::steps(0.0);

    /// So many steps of float32.
    pub(crate) const fn steps(steps: f64) -> Self {
        Accuracy {
            absolute: 0.0,
            steps,
            steps_per_log: 0.0,
        }
    }

    /// And so much on the number line.
    pub(crate) const fn or_absolute(self, absolute: f64) -> Self {
        Accuracy { absolute, ..self }
    }

    /// And so many steps for each unit of the result's logarithm.
    pub(crate) const fn and_per_log(self, steps_per_log: f64) -> Self {
        Accuracy {
            steps_per_log,
            ..self
        }
    }

    /// Whether nothing but the reference's bits will do.
    pub fn is_exact(&self) -> bool {
        *self == Accuracy::EXACT
    }

    /// The distance from `expected` that is allowed.
    pub fn allowance(&self, expected: f64) -> f64 {
        if self.is_exact() || !expected.is_finite() {
            return 0.0;
        }
        let size = expected.abs().max(MIN_NORMAL);
        let logarithm = size.ln().abs();
        self.absolute + (self.steps + self.steps_per_log * logarithm) * STEP * size
    }

    /// exp: 3 + 2·|x| steps, and x is the logarithm of the result.
    pub(crate) const EXPONENTIAL: Accuracy = Accuracy::steps(4.0).and_per_log(2.0);

    /// Functions that WGSL bounds on the number line alone.
    pub(crate) const BOUNDED: Accuracy =
        Accuracy::steps(8.0).or_absolute(1.0 / (1_u64 << 19) as f64);

    /// A division: 2.5 steps.
    pub(crate) const QUOTIENT: Accuracy = Accuracy::steps(3.0);

    /// That of an op, for arguments up to 8 but for a few special values, as the cases of the suite have them.
    pub fn of(op: &Op) -> Self {
        under_test::accuracy(op)
    }
}

#[cfg(test)]
mod tests {
    use demilite_core::op::{Logistic, Tanh};

    use super::*;

    #[test]
    fn steps_scale_with_the_number_and_what_is_absolute_does_not() {
        let logistic = Accuracy::of(&Op::Logistic(Logistic));
        assert!(logistic.allowance(1e-3) < 2e-3 * logistic.allowance(1.0) * 3.0);
        let tanh = Accuracy::of(&Op::Tanh(Tanh));
        assert!(tanh.allowance(0.0) > 1e-6 && tanh.allowance(1.0) < 4e-6);
        assert_eq!(Accuracy::EXACT.allowance(1e30), 0.0);
    }
}
