//! What is known of one activation after calibration.

use super::histogram::Histogram;

/// How much of the last range a moving average keeps.
const KEPT: f32 = 0.95;

/// What the samples showed of one tensor.
#[derive(Debug, Clone)]
pub(crate) struct Activation {
    /// Samples that reached it.
    pub(crate) samples: usize,
    /// The least value.
    pub(crate) least: f32,
    /// The greatest value.
    pub(crate) greatest: f32,
    /// The moving average of the samples' ranges.
    pub(crate) average: (f32, f32),
    /// The range without the sample that reaches furthest.
    pub(crate) without_furthest: (f32, f32),
    /// Values that are NaN or infinite.
    pub(crate) not_finite: u64,
    /// How often which values occur.
    pub(crate) histogram: Histogram,
}

impl Default for Activation {
    fn default() -> Self {
        Activation {
            samples: 0,
            least: f32::INFINITY,
            greatest: f32::NEG_INFINITY,
            average: (0.0, 0.0),
            without_furthest: (f32::INFINITY, f32::NEG_INFINITY),
            not_finite: 0,
            histogram: Histogram::default(),
        }
    }
}

impl Activation {
    /// Whether any value was seen.
    pub(super) fn was_reached(&self) -> bool {
        self.samples > 0 || self.not_finite > 0
    }

    /// Adds what one sample made of the tensor.
    pub(crate) fn add(&mut self, values: &[f32]) {
        if values.is_empty() {
            return;
        }
        let finite: Vec<f32>;
        let (mut least, mut greatest) = bounds(values);
        let mut values = values;
        if !(least.is_finite() && greatest.is_finite()) || values.iter().any(|value| value.is_nan())
        {
            let count = values.len();
            finite = values
                .iter()
                .copied()
                .filter(|value| value.is_finite())
                .collect();
            self.not_finite += (count - finite.len()) as u64;
            values = &finite;
            if values.is_empty() {
                return;
            }
            (least, greatest) = bounds(values);
        }
        self.histogram.add(values, least, greatest);
        // Of each end the second furthest is kept.
        let (without_least, without_greatest) = &mut self.without_furthest;
        *without_least = without_least.min(least.max(self.least));
        *without_greatest = without_greatest.max(greatest.min(self.greatest));
        self.average = match self.samples {
            0 => (least, greatest),
            _ => (
                KEPT * self.average.0 + (1.0 - KEPT) * least,
                KEPT * self.average.1 + (1.0 - KEPT) * greatest,
            ),
        };
        self.least = self.least.min(least);
        self.greatest = self.greatest.max(greatest);
        self.samples += 1;
    }
}

fn bounds(values: &[f32]) -> (f32, f32) {
    let start = (f32::INFINITY, f32::NEG_INFINITY);
    values.iter().fold(start, |(least, greatest), &value| {
        (least.min(value), greatest.max(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_counted_and_left_out() {
        let mut activation = Activation::default();
        activation.add(&[f32::NAN, 1.0, f32::INFINITY, -2.0]);
        activation.add(&[f32::NAN]);
        assert_eq!(activation.not_finite, 3);
        assert_eq!((activation.least, activation.greatest), (-2.0, 1.0));
        assert_eq!((activation.samples, activation.histogram.total()), (1, 2));
    }

    #[test]
    fn a_moving_average_begins_with_the_first_sample() {
        let mut activation = Activation::default();
        activation.add(&[-1.0, 1.0]);
        assert_eq!(activation.average, (-1.0, 1.0));
        activation.add(&[-1.0, 3.0]);
        assert!((activation.average.1 - 1.1).abs() < 1e-6);
    }

    #[test]
    fn the_range_without_one_sample_is_that_of_the_others() {
        let mut activation = Activation::default();
        for sample in [[-1.0, 2.0], [-1.5, 100.0], [-0.5, 3.0]] {
            activation.add(&sample);
        }
        assert_eq!(activation.without_furthest, (-1.0, 3.0));
    }
}
