//! Models that were trained for quantization.
//!
//! Such a model computes in floats and rounds them, as integers would, on the way: by FAKE_QUANT, or by QUANTIZE with DEQUANTIZE behind it,
//! which is what TensorFlow's converter makes of the same. Here it becomes a plain float model, and what was rounded is known by the
//! parameters that training found.

mod parameters;
mod simulation;

use std::collections::BTreeMap;
use std::sync::Arc;

use demilite_core::{DataType, Model, Quantization, TensorId};

use crate::calibration::Statistics;
use crate::equalization;
use crate::error::OptimizeError;
use crate::mode::Mode;
use crate::recipe::Recipe;
use parameters::Parameters;
use simulation::Stripped;

/// The parameters that training found for the tensors of a model.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trained {
    tensors: BTreeMap<(usize, TensorId), Parameters>,
}

impl Trained {
    /// Whether the model was trained for no quantization.
    pub(crate) fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// The parameters of an activation as integers of this type.
    pub(crate) fn activation(
        &self,
        graph: usize,
        id: TensorId,
        activations: DataType,
    ) -> Option<Quantization> {
        self.tensors.get(&(graph, id))?.activation(activations)
    }

    /// The parameters of weights as int8 with zero point 0; `None` where training had others.
    pub(crate) fn weights(&self, graph: usize, id: TensorId) -> Option<Quantization> {
        self.tensors.get(&(graph, id))?.weights()
    }
}

/// A float model to be converted.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The model, in which nothing rounds.
    pub(crate) model: Arc<Model>,
    /// What training found.
    pub(crate) trained: Trained,
    /// Bytes of the file that it was read from; of a model that was not read, what it would take.
    pub(crate) bytes: usize,
    /// Pairs of layers whose channels were brought to like magnitudes.
    pub(crate) equalized: usize,
    /// What is worth knowing.
    pub(crate) warnings: Vec<String>,
}

impl Source {
    /// Takes out of a model what rounds in it as integers would.
    pub(crate) fn of(model: &Arc<Model>, mode: Mode) -> Result<Self, OptimizeError> {
        let bytes = match model.file_bytes() {
            0 => {
                let bytes = model.to_bytes();
                bytes
                    .map_err(|source| OptimizeError::Schema { mode, source })?
                    .len()
            }
            bytes => bytes,
        };
        let mut source = Source {
            model: Arc::clone(model),
            trained: Trained::default(),
            bytes,
            equalized: 0,
            warnings: Vec::new(),
        };
        if !model.graphs().iter().any(|graph| simulation::is_in(graph)) {
            return Ok(source);
        }
        let mut parts = (**model).clone().into_parts();
        for index in 0..parts.graphs.len() {
            let mut stripped = Stripped::default();
            let renumbering = parts.edit(index, |editor| stripped = simulation::strip(editor));
            let renumbering =
                renumbering.map_err(|source| OptimizeError::Graph { mode, source })?;
            source.warnings.append(&mut stripped.warnings);
            for (id, parameters) in stripped.tensors {
                if let Some(id) = renumbering.tensor(id) {
                    source.trained.tensors.insert((index, id), parameters);
                }
            }
        }
        let plain = parts.into_model();
        source.model = Arc::new(plain.map_err(|source| OptimizeError::Graph { mode, source })?);
        Ok(source)
    }

    /// Brings channels of layers that follow one another to like magnitudes, where a recipe wants it. Training did what it could.
    pub(crate) fn equalized(mut self, recipe: &Recipe) -> Result<Self, OptimizeError> {
        if !(recipe.per_tensor && recipe.equalize && self.trained.is_empty()) {
            return Ok(self);
        }
        let mode = recipe.mode;
        let mut parts = (*self.model).clone().into_parts();
        self.equalized = equalization::equalize_weights(&mut parts, |_, _| None, mode)?;
        let model = parts.into_model();
        self.model = Arc::new(model.map_err(|source| OptimizeError::Graph { mode, source })?);
        Ok(self)
    }

    /// The same model with channels between layers brought to like magnitudes by what samples showed, where a recipe wants it and that
    /// helps any: for one scale of all weights, or for what lies between layers.
    pub(crate) fn with_equal_channels(
        &self,
        recipe: &Recipe,
        statistics: &Statistics,
    ) -> Result<Option<Self>, OptimizeError> {
        let is_wanted = recipe.equalize && self.trained.is_empty();
        if !is_wanted || recipe.mode == Mode::Float16 {
            return Ok(None);
        }
        let mode = recipe.mode;
        let mut parts = (*self.model).clone().into_parts();
        let channels = |graph, id| statistics.channels(graph, id);
        let equalized = match recipe.per_tensor {
            true => equalization::equalize_weights(&mut parts, channels, mode)?,
            false => equalization::equalize_activations(&mut parts, statistics, mode)?,
        };
        // For one scale those that samples have no part in are equal already.
        if equalized == self.equalized {
            return Ok(None);
        }
        let model = parts.into_model();
        let model = Arc::new(model.map_err(|source| OptimizeError::Graph { mode, source })?);
        Ok(Some(Source {
            model,
            equalized,
            ..self.clone()
        }))
    }
}
