//! Biases that make up for what all layers before theirs lost as integers, found from the first layer to the last.
//!
//! A layer of the float model meets x and that of the integer one x̂. With the integer weights Ŵ, adding Ŵ·(E[x] − E[x̂]) to the bias
//! brings the mean of the sums to where it was. Each layer is shown what the layers before it give with biases that are already corrected,
//! so that nothing is made up for twice.

use std::sync::Arc;

use demilite_core::graph::GraphEditor;
use demilite_core::{Constant, DataType, Graph, GraphError, Model, ModelParts, NodeId, TensorId};

use super::mean_sums;
use crate::calibration::{FIRST, Reading, Sample, Statistics, TapMeans, for_each_sample};
use crate::error::OptimizeError;
use crate::held_out::HeldOut;
use crate::layer::Layer;
use crate::mode::Mode;

/// An integer model with its biases corrected by the first samples that are not held out; `statistics` are those of the float model that
/// it was made of. `None` where there is nothing to correct.
pub(crate) fn in_sequence(
    float: &Model,
    statistics: &Statistics,
    quantized: &Model,
    mode: Mode,
    held_out: &HeldOut,
) -> Result<Option<Model>, OptimizeError> {
    let error = |source| OptimizeError::Graph { mode, source };
    let mut parts = quantized.clone().into_parts();
    let mut has_changed = false;
    for (index, graph) in quantized.graphs().iter().enumerate() {
        let samples = samples_of(quantized, index, held_out)?;
        let [before, after] = [&*float.graphs()[index], &**graph].map(layers);
        // A graph that no sample feeds is called by another, with what that makes of its inputs.
        if samples.is_empty() || before.len() != after.len() {
            continue;
        }
        for (float, id) in std::iter::zip(before, after) {
            let wanted = statistics.means_of_first(index, float);
            let layer = IntegerLayer::of(graph, id);
            let (Some(wanted), Some(layer)) = (wanted, layer) else {
                continue;
            };
            let prefix = up_to(&parts, index, layer.input).map_err(error)?;
            let Some(met) = means(&Arc::new(prefix), layer.reading, &samples, held_out)? else {
                continue;
            };
            let Some(bias) = layer.corrected(graph, &wanted, &met) else {
                continue;
            };
            let changed = |editor: &mut GraphEditor| {
                editor.tensor_mut(layer.bias).constant = Some(bias);
            };
            parts.edit(index, changed).map_err(error)?;
            has_changed = true;
        }
    }
    let model = has_changed.then(|| parts.into_model().map_err(error));
    model.transpose()
}

/// The layers of a graph whose weights are constants, in the order in which they run.
fn layers(graph: &Graph) -> Vec<NodeId> {
    let nodes = graph.node_ids().filter(|&id| {
        let node = graph.node(id);
        let weights = Layer::of(&node.op).and_then(|layer| node.inputs[layer.weights]);
        weights.is_some_and(|weights| graph.tensor(weights).constant.is_some())
    });
    nodes.collect()
}

/// The first samples that are not held out and feed a graph.
fn samples_of(
    model: &Model,
    index: usize,
    held_out: &HeldOut,
) -> Result<Vec<Sample>, OptimizeError> {
    let mut samples = Vec::new();
    let mut signatures = model.signatures().iter();
    if index > 0 && !signatures.any(|signature| signature.graph_index == index) {
        return Ok(samples);
    }
    for place in held_out.others() {
        let sample = held_out.sample(place)?;
        let signature = sample.signature.as_deref();
        let signature = signature.and_then(|key| model.signature(key));
        if signature.map_or(0, |signature| signature.graph_index) == index {
            samples.push(sample);
        }
        if samples.len() == FIRST {
            break;
        }
    }
    Ok(samples)
}

/// The part of a model that computes a tensor.
fn up_to(parts: &ModelParts, index: usize, tensor: TensorId) -> Result<Model, GraphError> {
    let mut parts = parts.clone();
    let signatures = parts.signatures.iter_mut();
    for signature in signatures.filter(|signature| signature.graph_index == index) {
        signature.outputs.clear();
    }
    parts.edit(index, |editor| {
        *editor.outputs_mut() = vec![tensor];
        editor.remove_unused();
    })?;
    parts.into_model()
}

/// The means that the weights of a layer meet, whose input is what a model computes.
fn means(
    model: &Arc<Model>,
    reading: Reading,
    samples: &[Sample],
    held_out: &HeldOut,
) -> Result<Option<Vec<f64>>, OptimizeError> {
    let mut executor = held_out.executor(model);
    executor.prepare(&samples[0])?;
    let of_samples = for_each_sample(
        executor,
        samples.len(),
        &|executor, place| {
            let mut means = TapMeans::new(reading);
            for output in executor.run_values(&samples[place])? {
                if let Some(reals) = &output.reals {
                    means.add(reals, output.value.shape());
                }
            }
            Ok(means)
        },
        &mut |_| {},
    )?;
    let mut means = TapMeans::new(reading);
    for of_sample in &of_samples {
        means.merge(of_sample);
    }
    Ok(means.means())
}

/// A layer with integer weights and an integer bias of its own.
struct IntegerLayer {
    node: NodeId,
    input: TensorId,
    weights: TensorId,
    bias: TensorId,
    reading: Reading,
}

impl IntegerLayer {
    fn of(graph: &Graph, id: NodeId) -> Option<Self> {
        let node = graph.node(id);
        let layer = Layer::of(&node.op)?;
        let input = node.inputs[layer.input]?;
        let weights = node.inputs[layer.weights]?;
        let bias = node.inputs.get(layer.bias).copied().flatten()?;
        let is_own =
            graph.consumers(bias).len() == 1 && graph.tensor(weights).dtype == DataType::Int8;
        Some(IntegerLayer {
            node: id,
            input,
            weights,
            bias,
            reading: Reading::of(&node.op, &graph.tensor(weights).shape)?,
        })
        .filter(|_| is_own && graph.producer(input).is_some())
    }

    /// The bias that brings the mean of the sums to where it was. It stays within 32 bits.
    fn corrected(&self, graph: &Graph, wanted: &[f64], met: &[f64]) -> Option<Constant> {
        if wanted.len() != met.len() {
            return None;
        }
        let missing: Vec<f64> = std::iter::zip(wanted, met)
            .map(|(wanted, met)| wanted - met)
            .collect();
        let weights = graph.tensor(self.weights);
        let scales = weights.quantization.as_ref()?;
        let integers = weights.constant_view()?;
        let integers = integers.as_slice::<i8>().ok()?;
        let weight = |place: usize, channel: usize| {
            f64::from(scales.scale_of(channel)) * f64::from(integers[place])
        };
        let op = &graph.node(self.node).op;
        let shifts = mean_sums(op, &weights.shape, integers.len(), weight, &missing)?;
        let bias = graph.tensor(self.bias);
        let steps = bias.quantization.as_ref()?;
        let moved = |(channel, step): (usize, i64)| {
            let by = (shifts[channel] / f64::from(steps.scale_of(channel))).round() as i64;
            step.saturating_add(by)
                .clamp(-i64::from(i32::MAX), i32::MAX.into())
        };
        let view = bias.constant_view()?;
        let bytes: Vec<u8> = match bias.dtype {
            DataType::Int32 => {
                let all = view
                    .as_slice::<i32>()
                    .ok()?
                    .iter()
                    .map(|&step| i64::from(step));
                all.enumerate()
                    .map(moved)
                    .flat_map(|step| (step as i32).to_le_bytes())
                    .collect()
            }
            DataType::Int64 => {
                let all = view.as_slice::<i64>().ok()?.iter().copied();
                all.enumerate()
                    .map(moved)
                    .flat_map(i64::to_le_bytes)
                    .collect()
            }
            _ => return None,
        };
        Some(Constant::copied(&bytes))
    }
}
