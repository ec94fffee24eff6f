//! Gathers what samples show of a model.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use demilite_core::{DataType, Model, NodeId, Observed, Op, TensorId};

use super::Statistics;
use super::activation::Activation;
use super::channels::Channels;
use super::executor::Executor;
use super::means::{LayerMeans, Reading};
use super::moments::Moments;
use super::samples::Sample;
use super::turns::{Turn, Turns};
use crate::error::OptimizeError;
use crate::layer::Layer;

/// Gathers statistics of samples that run at once. Each tensor sees them in their order.
pub(crate) struct Collector {
    turns: Turns,
    tensors: BTreeMap<(usize, TensorId), Mutex<Seen>>,
}

/// What was seen of a tensor.
#[derive(Default)]
struct Seen {
    activation: Activation,
    /// Whether a layer reads or gives it.
    is_around: bool,
    channels: Option<Channels>,
    /// The layers that read it.
    readers: Vec<Reader>,
}

/// A layer whose weights' means are taken.
struct Reader {
    node: (usize, NodeId),
    means: LayerMeans,
    /// None where weights are rounded one by one.
    moments: Option<Moments>,
}

impl Collector {
    /// Begins for a model; `rounds` where weights are to be rounded together.
    pub(crate) fn new(model: &Model, rounds: bool) -> Self {
        let mut tensors: BTreeMap<(usize, TensorId), Seen> = BTreeMap::new();
        for (index, graph) in model.graphs().iter().enumerate() {
            let activations = graph.tensors().iter().enumerate();
            let activations = activations.filter(|(_, tensor)| tensor.constant.is_none());
            tensors.extend(activations.map(|(id, _)| ((index, TensorId(id)), Seen::default())));
            for id in graph.node_ids() {
                let node = graph.node(id);
                let Some(layer) = Layer::of(&node.op) else {
                    continue;
                };
                let tensor = |input: usize| node.inputs.get(input).copied().flatten();
                let (Some(input), Some(weights)) = (tensor(layer.input), tensor(layer.weights))
                else {
                    continue;
                };
                for around in [input, node.outputs[0]] {
                    if let Some(seen) = tensors.get_mut(&(index, around)) {
                        seen.is_around = true;
                    }
                }
                let reading = Reading::of(&node.op, &graph.tensor(weights).shape);
                if let (Some(reading), Some(seen)) = (reading, tensors.get_mut(&(index, input))) {
                    let by_channel = matches!(node.op, Op::DepthwiseConv2d(_));
                    seen.readers.push(Reader {
                        node: (index, id),
                        means: LayerMeans::new(reading),
                        moments: rounds.then(|| Moments::new(reading, by_channel)),
                    });
                }
            }
        }
        let tensors = tensors.into_iter();
        Collector {
            turns: Turns::new(model),
            tensors: tensors
                .map(|(place, seen)| (place, Mutex::new(seen)))
                .collect(),
        }
    }

    /// The turn of a sample; samples are numbered from 0 without gaps.
    pub(crate) fn turn(&self, sample: usize) -> Turn<'_> {
        self.turns.of(sample)
    }

    /// Runs the sample whose turn it is.
    pub(crate) fn add(
        &self,
        executor: &mut Executor,
        sample: &Sample,
        turn: &Turn<'_>,
    ) -> Result<(), OptimizeError> {
        executor.observe(sample, &mut |observed| {
            let place = (observed.graph_index, observed.tensor);
            if let Some(seen) = self.tensors.get(&place) {
                turn.see(place, || {
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.add(&observed);
                });
            }
        })
    }

    /// What so many samples showed.
    pub(crate) fn finish(self, samples: usize) -> Statistics {
        let mut statistics = Statistics {
            samples,
            ..Statistics::default()
        };
        for (place, seen) in self.tensors {
            let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
            if seen.activation.was_reached() {
                statistics.activations.insert(place, seen.activation);
            }
            if let Some(channels) = seen.channels {
                statistics.channels.insert(place, channels);
            }
            for reader in seen.readers {
                statistics.means.insert(reader.node, reader.means);
                if let Some(moments) = reader.moments {
                    statistics.moments.insert(reader.node, moments);
                }
            }
        }
        statistics
    }
}

impl Seen {
    fn add(&mut self, observed: &Observed<'_>) {
        if observed.value.dtype() != DataType::Float32 {
            return;
        }
        let Ok(values) = observed.value.as_slice::<f32>() else {
            return;
        };
        self.activation.add(values);
        if !self.is_around || !values.iter().all(|value| value.is_finite()) {
            return;
        }
        let shape = observed.value.shape();
        let channels = shape.last().copied().unwrap_or(1);
        let of_tensor = self.channels.get_or_insert_default();
        of_tensor.add(values, channels);
        for reader in &mut self.readers {
            reader.means.add(values, shape);
            if let Some(moments) = &mut reader.moments {
                moments.add(values, shape);
            }
        }
    }
}
