//! What comes of training.

use demilite_core::Model;

use super::report::TrainingReport;

/// A model that was trained on.
#[derive(Debug, Clone)]
pub struct Finetuned {
    /// The model. Where it was trained for integers its activations pass FAKE_QUANT, which [`Quantizer`](crate::Quantizer) takes as they are.
    pub model: Model,
    /// What was done.
    pub report: TrainingReport,
}
