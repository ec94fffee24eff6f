//! How far numbers are from those that should be there.

use serde::Serialize;

use crate::metrics::Noise;

/// Differences of numbers from those that should be there, added up.
#[derive(Debug, Clone, Default)]
pub(super) struct Differences {
    all: Sums,
    signal: f64,
    /// Those of each place of the last dimension.
    channels: Vec<Sums>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: u64,
    errors: f64,
    squares: f64,
    greatest: f64,
}

impl Sums {
    fn add(&mut self, error: f64) {
        self.count += 1;
        self.errors += error;
        self.squares += error * error;
        self.greatest = self.greatest.max(error.abs());
    }
}

/// How far numbers are from those that should be there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Errors {
    /// Numbers that were compared.
    pub elements: u64,
    /// The mean error, whose sign says whether numbers are too large.
    pub mean: f64,
    /// The standard deviation of errors around their mean.
    pub standard_deviation: f64,
    /// The greatest magnitude of an error.
    pub greatest: f64,
    /// The mean square of errors.
    pub mean_square: f64,
    /// The signal-to-quantization-noise ratio in decibels; at most 200.
    pub sqnr: f64,
}

/// How far the numbers of a channel are from those that should be there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChannelErrors {
    /// The place in the last dimension.
    pub channel: usize,
    /// The mean error.
    pub mean: f64,
    /// The root of the mean square of errors.
    pub root_mean_square: f64,
}

impl Errors {
    /// The root of the mean square of errors.
    pub fn root_mean_square(&self) -> f64 {
        self.mean_square.sqrt()
    }
}

impl Differences {
    /// Adds numbers, with those that should be there, over channels that lie side by side. Pairs in which one is not finite are left
    /// out.
    pub(super) fn add(&mut self, numbers: &[f32], should: &[f32], channels: usize) {
        let channels = channels.max(1);
        if self.channels.len() < channels {
            self.channels.resize(channels, Sums::default());
        }
        for (place, (&number, &should)) in std::iter::zip(numbers, should).enumerate() {
            let (number, should) = (f64::from(number), f64::from(should));
            if number.is_finite() && should.is_finite() {
                self.all.add(number - should);
                self.channels[place % channels].add(number - should);
                self.signal += should * should;
            }
        }
    }

    /// What they come to; none where nothing was compared.
    pub(super) fn errors(&self) -> Option<Errors> {
        let sums = self.all;
        let count = sums.count as f64;
        (sums.count > 0).then(|| {
            let (mean, mean_square) = (sums.errors / count, sums.squares / count);
            Errors {
                elements: sums.count,
                mean,
                standard_deviation: (mean_square - mean * mean).max(0.0).sqrt(),
                greatest: sums.greatest,
                mean_square,
                sqnr: Noise::of_sums(self.signal, sums.squares).sqnr(),
            }
        })
    }

    /// The root of the mean square of the channels' mean errors: what neither other places nor other samples make up for.
    pub(super) fn shift(&self) -> Option<f64> {
        let channels = self.channels.iter().filter(|sums| sums.count > 0);
        let means = channels.map(|sums| sums.errors / sums.count as f64);
        let squares: Vec<f64> = means.map(|mean| mean * mean).collect();
        let sum: f64 = squares.iter().sum();
        (!squares.is_empty()).then(|| (sum / squares.len() as f64).sqrt())
    }

    /// Those of each channel, the furthest off first; none where there is one.
    pub(super) fn channels(&self) -> Vec<ChannelErrors> {
        if self.channels.len() < 2 {
            return Vec::new();
        }
        let channels = self.channels.iter().enumerate();
        let channels = channels.filter(|(_, sums)| sums.count > 0);
        let mut channels: Vec<ChannelErrors> = channels
            .map(|(channel, sums)| ChannelErrors {
                channel,
                mean: sums.errors / sums.count as f64,
                root_mean_square: (sums.squares / sums.count as f64).sqrt(),
            })
            .collect();
        channels.sort_by(|a, b| b.root_mean_square.total_cmp(&a.root_mean_square));
        channels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_a_mean_and_a_spread() {
        let mut differences = Differences::default();
        differences.add(&[1.0, 3.0, f32::NAN], &[0.0, 4.0, 1.0], 1);
        differences.add(&[5.0, 4.0], &[4.0, 3.0], 1);
        let errors = differences.errors().unwrap();
        assert_eq!(
            (errors.elements, errors.mean, errors.mean_square),
            (4, 0.5, 1.0)
        );
        assert_eq!((errors.greatest, errors.root_mean_square()), (1.0, 1.0));
        assert!((errors.standard_deviation - 0.75_f64.sqrt()).abs() < 1e-12);
        // Squares of what should be there are 41, of errors 4.
        assert!((errors.sqnr - 10.0 * (41.0_f64 / 4.0).log10()).abs() < 1e-12);
        assert!(differences.channels().is_empty());
        assert_eq!(Differences::default().errors(), None);
    }

    #[test]
    fn channels_are_told_apart() {
        let mut differences = Differences::default();
        differences.add(&[0.0, 2.0, 0.0, -2.0, 1.0, 0.0], &[0.0; 6], 2);
        let channels = differences.channels();
        assert_eq!(
            channels.iter().map(|each| each.channel).collect::<Vec<_>>(),
            [1, 0]
        );
        assert_eq!(channels[0].mean, 0.0);
        // Channel 0 is off by a third on the mean, and channel 1 makes up for itself.
        let shift = differences.shift().unwrap();
        assert!((shift - (1.0_f64 / 18.0).sqrt()).abs() < 1e-12, "{shift}");
        assert!((channels[1].root_mean_square - (1.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    }
}
