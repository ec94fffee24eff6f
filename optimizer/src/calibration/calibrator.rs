//! From what samples showed of a tensor to its range.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::activation::Activation;
use super::{divergence, error};

/// How the range of an activation follows from what the samples showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Calibrator {
    /// All that was seen.
    MinMax,
    /// Twice as far from 0 as all that was seen, for steps so fine that half of them serve as well.
    Headroom,
    /// The exponential moving average of the samples' ranges, with the factor 0.95.
    MovingAverage,
    /// All but the furthest 0.01 % of the values at either end.
    Percentile,
    /// The range with the least expected squared error.
    Mse,
    /// The range in which the integers' distribution diverges least from the values', after Kullback and Leibler.
    Entropy,
}

impl Calibrator {
    /// Every calibrator, in the order in which they are tried.
    pub const ALL: &'static [Calibrator] = &[
        Calibrator::MinMax,
        Calibrator::Percentile,
        Calibrator::Mse,
        Calibrator::Entropy,
        Calibrator::MovingAverage,
        Calibrator::Headroom,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Calibrator::MinMax => "min-max",
            Calibrator::Headroom => "headroom",
            Calibrator::MovingAverage => "moving-average",
            Calibrator::Percentile => "percentile",
            Calibrator::Mse => "mse",
            Calibrator::Entropy => "entropy",
        }
    }

    /// The range of an activation that a sample reached. But for [`Calibrator::Headroom`] it lies within what was seen.
    pub(crate) fn range(self, activation: &Activation) -> (f32, f32) {
        let all = (activation.least, activation.greatest);
        let (least, greatest) = match self {
            Calibrator::MinMax => all,
            Calibrator::Headroom => return (HEADROOM * all.0, HEADROOM * all.1),
            Calibrator::MovingAverage => activation.average,
            Calibrator::Percentile => activation.histogram.inner_range(CUT),
            Calibrator::Mse => error::least_error(&activation.histogram, all),
            Calibrator::Entropy => divergence::least_divergence(&activation.histogram, all),
        };
        (least.max(all.0), greatest.min(all.1))
    }
}

/// How many times further than what was seen [`Calibrator::Headroom`] reaches.
const HEADROOM: f32 = 2.0;

/// The share of the values that [`Calibrator::Percentile`] cuts at either end.
const CUT: f64 = 1e-4;

impl fmt::Display for Calibrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Calibrator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A name that no calibrator has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no calibrator {name:?}; there is {}", names())]
pub struct UnknownCalibrator {
    /// The name.
    pub name: String,
}

fn names() -> String {
    let names: Vec<&str> = Calibrator::ALL.iter().map(|each| each.name()).collect();
    names.join(", ")
}

impl FromStr for Calibrator {
    type Err = UnknownCalibrator;

    fn from_str(name: &str) -> Result<Self, UnknownCalibrator> {
        let mut calibrators = Calibrator::ALL.iter().copied();
        calibrators
            .find(|calibrator| calibrator.name() == name)
            .ok_or_else(|| UnknownCalibrator {
                name: name.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Many values of the size of 1, most of them near 0, and one of 1,000. Of values that are spread evenly no divergence tells how
    /// many share a step.
    fn with_an_outlier() -> Activation {
        let mut activation = Activation::default();
        for sample in 0..100 {
            let values: Vec<f32> = (0..1000)
                .map(|index| {
                    let index = (sample * 1000 + index) as f32;
                    (index * 0.618_034).fract() + (index * 0.754_877_7).fract() - 1.0
                })
                .collect();
            activation.add(&values);
        }
        activation.add(&[1000.0]);
        activation
    }

    #[test]
    fn an_outlier_makes_the_range_of_min_max_alone() {
        let activation = with_an_outlier();
        assert_eq!(Calibrator::MinMax.range(&activation).1, 1000.0);
        for calibrator in [Calibrator::Percentile, Calibrator::Entropy] {
            let (least, greatest) = calibrator.range(&activation);
            // No step is finer than a bin, and 255 of 8,192 bins reach as far as 31 of 1,000.
            assert!(
                greatest < 40.0 && least > -40.0,
                "{calibrator}: {least} {greatest}"
            );
        }
    }

    #[test]
    fn names_come_back() {
        for &calibrator in Calibrator::ALL {
            assert_eq!(calibrator.name().parse(), Ok(calibrator));
        }
        assert!("auto".parse::<Calibrator>().is_err());
    }
}
