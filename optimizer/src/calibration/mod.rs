//! What representative samples show of a float model: ranges and distributions of its activations, and the means that its weights meet.

mod activation;
pub(crate) mod calibrator;
mod channels;
mod divergence;
mod error;
mod evaluation;
mod executor;
mod histogram;
mod means;
mod moments;
mod patches;
mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use demilite_core::{DataType, Model, NodeId, Observed, Op, TensorId};

pub(crate) use activation::Activation;
pub use calibrator::{Calibrator, UnknownCalibrator};
pub(crate) use channels::Channels;
pub(crate) use executor::{Executor, Output};
pub(crate) use histogram::Histogram;
pub(crate) use means::{Reading, TapMeans};
pub(crate) use moments::Moments;
pub use samples::{Sample, SampleInputs, Samples};

use crate::error::OptimizeError;
use crate::layer::Layer;

/// A layer whose weights' means are taken.
struct Watched {
    node: (usize, NodeId),
    input: (usize, TensorId),
    means: TapMeans,
    /// None where weights are rounded one by one.
    moments: Option<Moments>,
}

/// What samples showed of a model.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    /// Samples that ran.
    pub(crate) samples: usize,
    /// The float32 tensors that were reached, by graph.
    activations: BTreeMap<(usize, TensorId), Activation>,
    /// The channels of what layers read and give.
    channels: BTreeMap<(usize, TensorId), Channels>,
    /// What the weights of layers met.
    means: BTreeMap<(usize, NodeId), TapMeans>,
    /// How what they met varies together.
    moments: BTreeMap<(usize, NodeId), Moments>,
}

impl Statistics {
    /// What is known of a tensor; `None` where no sample reached it with a finite value.
    pub(crate) fn activation(&self, graph: usize, id: TensorId) -> Option<&Activation> {
        let activation = self.activations.get(&(graph, id))?;
        (activation.samples > 0).then_some(activation)
    }

    /// All tensors that were reached.
    pub(crate) fn activations(&self) -> impl Iterator<Item = (&(usize, TensorId), &Activation)> {
        self.activations.iter()
    }

    /// The channels of what a layer reads or gives; `None` where no sample reached it with finite values.
    pub(crate) fn channels(&self, graph: usize, id: TensorId) -> Option<&Channels> {
        self.channels.get(&(graph, id))
    }

    /// The means that the weights of a layer met.
    pub(crate) fn means(&self, graph: usize, node: NodeId) -> Option<Vec<f64>> {
        self.means.get(&(graph, node))?.means()
    }

    /// How what the weights of a layer met varies together.
    pub(crate) fn moments(&self, graph: usize, node: NodeId) -> Option<&Moments> {
        self.moments.get(&(graph, node))
    }
}

/// Gathers statistics sample by sample.
pub(crate) struct Collector {
    statistics: Statistics,
    watched: Vec<Watched>,
    /// What layers read and give.
    around: BTreeSet<(usize, TensorId)>,
}

impl Collector {
    /// Begins for a model; `rounds` where weights are to be rounded together.
    pub(crate) fn new(model: &Arc<Model>, rounds: bool) -> Self {
        let mut watched = Vec::new();
        let mut around = BTreeSet::new();
        for (index, graph) in model.graphs().iter().enumerate() {
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
                around.extend([(index, input), (index, node.outputs[0])]);
                if let Some(reading) = Reading::of(&node.op, &graph.tensor(weights).shape) {
                    watched.push(Watched {
                        node: (index, id),
                        input: (index, input),
                        means: TapMeans::new(reading),
                        moments: rounds.then(|| {
                            Moments::new(reading, matches!(node.op, Op::DepthwiseConv2d(_)))
                        }),
                    });
                }
            }
        }
        Collector {
            statistics: Statistics::default(),
            watched,
            around,
        }
    }

    /// Runs one sample.
    pub(crate) fn add(
        &mut self,
        executor: &mut Executor,
        sample: &Sample,
    ) -> Result<(), OptimizeError> {
        executor.observe(sample, &mut |observed| self.see(&observed))?;
        self.statistics.samples += 1;
        Ok(())
    }

    fn see(&mut self, observed: &Observed<'_>) {
        if observed.value.dtype() != DataType::Float32 {
            return;
        }
        let Ok(values) = observed.value.as_slice::<f32>() else {
            return;
        };
        let place = (observed.graph_index, observed.tensor);
        let activations = &mut self.statistics.activations;
        activations.entry(place).or_default().add(values);
        if !self.around.contains(&place) || !values.iter().all(|value| value.is_finite()) {
            return;
        }
        let channels = observed.value.shape().last().copied().unwrap_or(1);
        let of_tensor = self.statistics.channels.entry(place).or_default();
        of_tensor.add(values, channels);
        for watched in &mut self.watched {
            if watched.input == place {
                watched.means.add(values, observed.value.shape());
                if let Some(moments) = &mut watched.moments {
                    moments.add(values, observed.value.shape());
                }
            }
        }
    }

    pub(crate) fn finish(self) -> Statistics {
        let mut statistics = self.statistics;
        for watched in self.watched {
            statistics.means.insert(watched.node, watched.means);
            if let Some(moments) = watched.moments {
                statistics.moments.insert(watched.node, moments);
            }
        }
        statistics
    }
}
