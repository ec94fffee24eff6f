//! Samples as the tape takes them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use demilite_core::{DataType, Model, TensorId, Value};

use super::error::TrainingError;
use super::integers::Chosen;
use crate::calibration::{Sample, SampleInputs, Samples};
use crate::place::TensorPlace;

/// Bytes of samples that are read once and kept.
const MEMORY: usize = 1 << 30;

/// The tensors of one sample, in the order of the graph's inputs.
type Tensors = Vec<Vec<f32>>;

/// Samples, of which as many as memory allows are read once.
pub(super) struct Inputs {
    samples: Arc<dyn Samples>,
    /// For each input of the graph its name in a signature, its name, and its elements.
    inputs: Vec<(Option<String>, String, usize)>,
    kept: Vec<OnceLock<Tensors>>,
}

impl Inputs {
    /// The samples of the first graph of a model.
    pub(super) fn new(model: &Model, samples: Arc<dyn Samples>) -> Result<Self, TrainingError> {
        let graph = &model.graphs()[0];
        let mut inputs = Vec::new();
        for &id in graph.inputs() {
            let tensor = graph.tensor(id);
            if tensor.dtype != DataType::Float32 {
                return Err(TrainingError::InputType {
                    place: TensorPlace::new(0, graph, id),
                    dtype: tensor.dtype,
                });
            }
            inputs.push((
                name(model, id),
                tensor.name.clone(),
                tensor.shape.elements(),
            ));
        }
        let elements: usize = inputs.iter().map(|(_, _, elements)| elements).sum();
        let most = MEMORY / (4 * elements).max(1);
        let kept = (0..samples.count().min(most)).map(|_| OnceLock::new());
        Ok(Inputs {
            kept: kept.collect(),
            samples,
            inputs,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.samples.count()
    }

    pub(super) fn name(&self, index: usize) -> String {
        self.samples.name(index)
    }

    /// Some of the samples.
    pub(super) fn chosen(&self, places: Vec<usize>) -> Chosen {
        Chosen {
            samples: Arc::clone(&self.samples),
            places,
        }
    }

    /// Hands the tensors of a sample over.
    pub(super) fn with<T>(
        &self,
        index: usize,
        take: impl FnOnce(&[Vec<f32>]) -> T,
    ) -> Result<T, TrainingError> {
        let Some(kept) = self.kept.get(index) else {
            return Ok(take(&self.read(index)?));
        };
        if let Some(tensors) = kept.get() {
            return Ok(take(tensors));
        }
        let tensors = self.read(index)?;
        Ok(take(kept.get_or_init(|| tensors)))
    }

    fn read(&self, index: usize) -> Result<Tensors, TrainingError> {
        let refused = |reason: String| TrainingError::Sample {
            sample: self.name(index),
            reason,
        };
        let sample: Sample = self.samples.sample(index).map_err(refused)?;
        let values = match sample.inputs {
            SampleInputs::Ordered(values) => values,
            SampleInputs::Named(named) => self.ordered(named).map_err(refused)?,
        };
        if values.len() != self.inputs.len() {
            let counts = [values.len(), self.inputs.len()];
            return Err(refused(format!(
                "it has {} tensors, and the model takes {}",
                counts[0], counts[1]
            )));
        }
        let mut tensors = Vec::new();
        for (value, (_, name, elements)) in std::iter::zip(&values, &self.inputs) {
            let reals = value.as_slice::<f32>();
            let reals = reals.map_err(|error| refused(format!("for input {name:?}: {error}")))?;
            if reals.len() != *elements {
                let shape = value.shape();
                return Err(refused(format!(
                    "a tensor of shape {shape} for input {name:?}, which has {elements} elements"
                )));
            }
            if let Some(place) = reals.iter().position(|real| !real.is_finite()) {
                return Err(refused(format!(
                    "element {place} for input {name:?} is {}",
                    reals[place]
                )));
            }
            tensors.push(reals.to_vec());
        }
        Ok(tensors)
    }

    fn ordered(&self, mut named: BTreeMap<String, Value>) -> Result<Vec<Value>, String> {
        let values = self.inputs.iter().map(|(signature_name, name, _)| {
            let own = signature_name.as_ref().and_then(|name| named.remove(name));
            own.or_else(|| named.remove(name))
                .ok_or_else(|| format!("input {name:?} is missing"))
        });
        values.collect()
    }
}

/// What a signature of the first graph calls an input.
fn name(model: &Model, id: TensorId) -> Option<String> {
    let signatures = model.signatures().iter();
    let mut names = signatures
        .filter(|signature| signature.graph_index == 0)
        .flat_map(|signature| &signature.inputs);
    names
        .find(|(_, tensor)| *tensor == id)
        .map(|(name, _)| name.clone())
}
