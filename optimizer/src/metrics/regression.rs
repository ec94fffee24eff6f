//! Numbers against those that are right.

use serde::{Deserialize, Serialize};

/// Errors of numbers.
///
/// ```
/// use demilite_optimizer::metrics::Regression;
///
/// let mut errors = Regression::default();
/// errors.add(&[1.0, 2.0, 6.0], &[1.0, 3.0, 4.0]);
/// assert_eq!(errors.mean_absolute(), 1.0);
/// assert_eq!(errors.greatest, 2.0);
/// assert_eq!(errors.root_mean_square(), (5.0_f64 / 3.0).sqrt());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Regression {
    /// Numbers that were compared.
    pub count: u64,
    /// Numbers that are not finite, which count nowhere else.
    pub not_finite: u64,
    /// The greatest magnitude of an error.
    pub greatest: f64,
    errors: f64,
    magnitudes: f64,
    squares: f64,
    targets: f64,
    target_squares: f64,
}

impl Regression {
    /// Adds numbers, with those that are right.
    pub fn add(&mut self, answers: &[f32], targets: &[f32]) {
        for (&answer, &target) in std::iter::zip(answers, targets) {
            let (answer, target) = (f64::from(answer), f64::from(target));
            if !answer.is_finite() {
                self.not_finite += 1;
                continue;
            }
            let error = answer - target;
            self.count += 1;
            self.greatest = self.greatest.max(error.abs());
            self.errors += error;
            self.magnitudes += error.abs();
            self.squares += error * error;
            self.targets += target;
            self.target_squares += target * target;
        }
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: &Regression) {
        self.count += other.count;
        self.not_finite += other.not_finite;
        self.greatest = self.greatest.max(other.greatest);
        self.errors += other.errors;
        self.magnitudes += other.magnitudes;
        self.squares += other.squares;
        self.targets += other.targets;
        self.target_squares += other.target_squares;
    }

    /// The mean error, whose sign says whether answers are too large.
    pub fn mean(&self) -> f64 {
        self.errors / self.divisor()
    }

    /// The mean magnitude of errors.
    pub fn mean_absolute(&self) -> f64 {
        self.magnitudes / self.divisor()
    }

    /// The root of the mean square of errors.
    pub fn root_mean_square(&self) -> f64 {
        (self.squares / self.divisor()).sqrt()
    }

    /// The share of the targets' variance that the answers explain, R²; `None` where all targets are the same.
    pub fn r_squared(&self) -> Option<f64> {
        let mean = self.targets / self.divisor();
        let spread = self.target_squares - mean * self.targets;
        (spread > 0.0).then(|| 1.0 - self.squares / spread)
    }

    fn divisor(&self) -> f64 {
        self.count.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_whole() {
        let (answers, targets) = ([1.0, 2.0, 4.0, 4.0], [1.5, 2.0, 3.0, 5.0]);
        let mut whole = Regression::default();
        whole.add(&answers, &targets);
        let mut merged = Regression::default();
        for range in [0..1, 1..4] {
            let mut part = Regression::default();
            part.add(&answers[range.clone()], &targets[range]);
            merged.merge(&part);
        }
        assert_eq!(whole, merged);
        assert_eq!(whole.mean(), -0.125);
        assert_eq!((whole.mean_absolute(), whole.greatest), (0.625, 1.0));
        // Squares of errors are 2.25, those around the mean of the targets 7.1875.
        let expected = 1.0 - 2.25 / 7.1875;
        assert!((whole.r_squared().unwrap() - expected).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_finite_is_counted_by_itself() {
        let mut errors = Regression::default();
        errors.add(&[f32::NAN, 2.0], &[1.0, 2.0]);
        assert_eq!((errors.count, errors.not_finite), (1, 1));
        assert_eq!((errors.mean_absolute(), errors.r_squared()), (0.0, None));
        assert_eq!(Regression::default().root_mean_square(), 0.0);
    }
}
