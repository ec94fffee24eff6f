//! What representative samples show of a float model: ranges and distributions of its activations, and the means that its weights meet.

mod activation;
pub(crate) mod calibrator;
mod channels;
mod collector;
mod divergence;
mod error;
mod evaluation;
mod executor;
mod histogram;
mod means;
mod moments;
mod patches;
mod samples;
mod turns;
mod workers;

use std::collections::BTreeMap;

use demilite_core::{NodeId, TensorId};

pub(crate) use activation::Activation;
pub use calibrator::{Calibrator, UnknownCalibrator};
pub(crate) use channels::Channels;
pub(crate) use collector::Collector;
pub(crate) use executor::{Executor, Output};
pub(crate) use histogram::Histogram;
use means::LayerMeans;
pub(crate) use means::{FIRST, Reading, TapMeans};
pub(crate) use moments::Moments;
pub use samples::{Sample, SampleInputs, Samples};
pub(crate) use workers::for_each_sample;

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
    means: BTreeMap<(usize, NodeId), LayerMeans>,
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
        self.means.get(&(graph, node))?.all.means()
    }

    /// The means that they met in the first [`FIRST`] samples.
    pub(crate) fn means_of_first(&self, graph: usize, node: NodeId) -> Option<Vec<f64>> {
        self.means.get(&(graph, node))?.of_first()
    }

    /// How what the weights of a layer met varies together.
    pub(crate) fn moments(&self, graph: usize, node: NodeId) -> Option<&Moments> {
        self.moments.get(&(graph, node))
    }
}
