//! Why models are not evaluated.

use crate::error::OptimizeError;

/// Why models are not evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// Nothing to evaluate.
    #[error("there is no model to evaluate")]
    NoModels,
    /// Nothing to evaluate with.
    #[error("there is no sample to evaluate with")]
    NoSamples,
    /// Models that get different numbers of samples.
    #[error("{subject} gets {samples} samples and the first model {first}: all need the same")]
    SampleCounts {
        /// The model.
        subject: String,
        /// Its samples.
        samples: usize,
        /// Those of the first.
        first: usize,
    },
    /// As many labels as there are samples, or no evaluation.
    #[error("there are {given} {what} for {samples} samples: each sample needs one")]
    TruthCount {
        /// What is given, in the plural.
        what: &'static str,
        /// How many.
        given: usize,
        /// Samples.
        samples: usize,
    },
    /// A label beyond the classes of the model.
    #[error(
        "sample {sample} has the label {label}, and {subject} tells {classes} classes apart, from 0 on: an offset of labels may be missing, or they are of another model"
    )]
    Label {
        /// The model.
        subject: String,
        /// The name of the sample.
        sample: String,
        /// Its label.
        label: usize,
        /// The classes.
        classes: usize,
    },
    /// Outputs that what is right does not fit.
    #[error("{what} cannot judge {subject}: {reason}")]
    Outputs {
        /// The model.
        subject: String,
        /// What is given, in the plural.
        what: &'static str,
        /// What the outputs are, and what they would have to be.
        reason: String,
    },
    /// A sample that cannot be read.
    #[error("sample {sample} for {subject}: {reason}")]
    Sample {
        /// The model.
        subject: String,
        /// The sample.
        sample: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A model that does not run on a sample.
    #[error("{subject}, sample {sample}: {reason}")]
    Run {
        /// The model.
        subject: String,
        /// The sample.
        sample: String,
        /// What went wrong.
        reason: Box<OptimizeError>,
    },
    /// A thread that ended before its work was done.
    #[error("a thread of the evaluation panicked")]
    Thread,
}
