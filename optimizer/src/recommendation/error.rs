//! Why nothing is recommended.

use crate::error::OptimizeError;
use crate::evaluation::EvaluationError;

/// Why nothing is recommended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecommendError {
    /// No samples to calibrate by.
    #[error("forms with integers are calibrated: give some tens to hundreds of samples for that")]
    NoSamples,
    /// A limit that is none.
    #[error("{what} is {value}, and is to be a number of at least 0")]
    Limit {
        /// Which.
        what: &'static str,
        /// What it is.
        value: f64,
    },
    /// The float model, or a candidate, does not run.
    #[error("{candidate}: {source}")]
    Run {
        /// Its name.
        candidate: String,
        /// Why.
        source: Box<OptimizeError>,
    },
    /// The samples to measure on do not fit.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
}
