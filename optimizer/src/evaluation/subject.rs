//! A model under evaluation.

use std::fmt;
use std::sync::Arc;

use demilite_core::{Delegate, Model};

use crate::calibration::Samples;

/// A model under evaluation, with who runs it and the samples as it takes them.
#[derive(Clone)]
pub struct Subject {
    pub(super) name: String,
    pub(super) model: Arc<Model>,
    pub(super) delegates: Vec<Arc<dyn Delegate>>,
    pub(super) samples: Arc<dyn Samples>,
}

impl Subject {
    /// A model by the name that reports have for it. The last delegate runs what the others leave. Samples of floats are quantized
    /// where the model takes quantized integers.
    pub fn new(
        name: impl Into<String>,
        model: impl Into<Arc<Model>>,
        delegates: impl IntoIterator<Item = Arc<dyn Delegate>>,
        samples: Arc<dyn Samples>,
    ) -> Self {
        Subject {
            name: name.into(),
            model: model.into(),
            delegates: delegates.into_iter().collect(),
            samples,
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("name", &self.name)
            .field("samples", &self.samples.count())
            .finish_non_exhaustive()
    }
}
