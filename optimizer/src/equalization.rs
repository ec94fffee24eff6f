//! Channels of layers that follow one another, brought to like magnitudes, so that one scale serves all weights of a layer.
//!
//! What a layer gives in a channel may be divided by any factor above 0 that the next layer's weights for that channel are multiplied
//! with: with nothing or a RELU between them the model stays the same. The factors are those of Nagel et al., "Data-Free Quantization
//! Through Weight Equalization and Bias Correction" (arXiv:1906.04721), with which a channel reaches equally far in both layers.

use demilite_core::graph::GraphEditor;
use demilite_core::op::Activation;
use demilite_core::{Constant, Graph, ModelParts, NodeId, Op, Shape, TensorId};

use crate::error::OptimizeError;
use crate::layer::Layer;
use crate::mode::Mode;
use crate::soundness::reals;

/// Rounds over all pairs at most: what changes a layer's weights for the next one changes them for the one before too.
const ROUNDS: usize = 20;

/// Factors nearer to 1 than this change nothing.
const LITTLE: f32 = 0.02;

/// Two layers of which the second alone reads what the first gives.
#[derive(Debug, Clone, Copy)]
struct Pair {
    /// The weights of the first, whose channels are its outputs.
    first: Weights,
    bias: Option<TensorId>,
    /// The weights of the second, whose channels are its inputs.
    second: Weights,
    channels: usize,
}

/// Weights whose elements belong to channels.
#[derive(Debug, Clone, Copy)]
struct Weights {
    id: TensorId,
    /// The channel of an element is `element / inner % extent / repeated`.
    inner: usize,
    extent: usize,
    repeated: usize,
}

impl Weights {
    fn along(id: TensorId, shape: &Shape, dimension: usize, channels: usize) -> Option<Self> {
        let extent = *shape.get(dimension)?;
        let repeated = extent.checked_div(channels)?;
        (repeated > 0 && repeated * channels == extent).then(|| Weights {
            id,
            inner: shape[dimension + 1..].iter().product(),
            extent,
            repeated,
        })
    }

    fn channel(&self, element: usize) -> usize {
        element / self.inner % self.extent / self.repeated
    }

    /// How far each channel reaches.
    fn reach(&self, reals: &[f32], channels: usize) -> Vec<f32> {
        let mut reach = vec![0.0_f32; channels];
        for (element, real) in reals.iter().enumerate() {
            let channel = self.channel(element);
            reach[channel] = reach[channel].max(real.abs());
        }
        reach
    }
}

/// Equalizes all layers of a model that follow one another; gives the number of pairs.
pub(crate) fn equalize(parts: &mut ModelParts, mode: Mode) -> Result<usize, OptimizeError> {
    let mut equalized = 0;
    for index in 0..parts.graphs.len() {
        let pairs = pairs(&parts.graphs[index]);
        equalized += pairs.len();
        let edited = parts.edit(index, |editor| {
            for _ in 0..ROUNDS {
                let changes = pairs.iter().filter(|pair| balance(editor, pair)).count();
                if changes == 0 {
                    break;
                }
            }
        });
        edited.map_err(|source| OptimizeError::Graph { mode, source })?;
    }
    Ok(equalized)
}

fn pairs(graph: &Graph) -> Vec<Pair> {
    let nodes = graph.node_ids();
    nodes.filter_map(|first| pair(graph, first)).collect()
}

/// The pair that a layer is the first of.
fn pair(graph: &Graph, first: NodeId) -> Option<Pair> {
    let node = graph.node(first);
    let layer = Layer::of(&node.op)?;
    if !keeps_factors(&node.op) {
        return None;
    }
    let output = node.outputs[0];
    let &[second] = graph.consumers(output) else {
        return None;
    };
    if graph.outputs().contains(&output) {
        return None;
    }
    let next = graph.node(second);
    let next_layer = Layer::of(&next.op)?;
    if next.inputs[next_layer.input] != Some(output) {
        return None;
    }
    let weights = own_constant(graph, node.inputs[layer.weights]?)?;
    let bias = match node.inputs.get(layer.bias).copied().flatten() {
        Some(bias) => Some(own_constant(graph, bias)?),
        None => None,
    };
    let next_weights = own_constant(graph, next.inputs[next_layer.weights]?)?;
    let (shape, next_shape) = (
        &graph.tensor(weights).shape,
        &graph.tensor(next_weights).shape,
    );
    let channels = *shape.get(layer.channels)?;
    let inputs = match &next.op {
        Op::FullyConnected(_) => 1,
        _ => 3,
    };
    // A filter of several groups has fewer channels than its input.
    let is_depthwise = matches!(next.op, Op::DepthwiseConv2d(_));
    if !is_depthwise && next_shape.get(inputs) != Some(&channels) {
        return None;
    }
    Some(Pair {
        first: Weights::along(weights, shape, layer.channels, channels)?,
        bias,
        second: Weights::along(next_weights, next_shape, inputs, channels)?,
        channels,
    })
}

/// Whether an op gives twice as much in a channel whose weights and bias are twice as large.
fn keeps_factors(op: &Op) -> bool {
    let activation = match op {
        Op::Conv2d(op) => op.activation,
        Op::DepthwiseConv2d(op) => op.activation,
        Op::FullyConnected(op) => op.activation,
        _ => return false,
    };
    matches!(activation, Activation::None | Activation::Relu)
}

/// A dense constant that one node reads.
fn own_constant(graph: &Graph, id: TensorId) -> Option<TensorId> {
    let is_own = graph.consumers(id).len() == 1 && !graph.outputs().contains(&id);
    (is_own && reals(graph.tensor(id)).is_some()).then_some(id)
}

/// Brings both layers of a pair to the same reach in each channel; whether that changed something.
fn balance(editor: &mut GraphEditor, pair: &Pair) -> bool {
    let reach = |weights: &Weights| {
        let reals = reals(editor.tensor(weights.id)).unwrap_or_default();
        weights.reach(reals, pair.channels)
    };
    let both = std::iter::zip(reach(&pair.first), reach(&pair.second));
    let factors: Vec<f32> = both
        .map(|(one, other)| {
            let factor = (one / other).sqrt();
            let is_sound = factor.is_normal() && factor < 1e6 && factor > 1e-6;
            if is_sound { factor } else { 1.0 }
        })
        .collect();
    if factors.iter().all(|factor| (factor - 1.0).abs() < LITTLE) {
        return false;
    }
    let first = pair.first;
    scale(editor, first.id, |element| {
        1.0 / factors[first.channel(element)]
    });
    if let Some(bias) = pair.bias {
        scale(editor, bias, |element| 1.0 / factors[element]);
    }
    let second = pair.second;
    scale(editor, second.id, |element| {
        factors[second.channel(element)]
    });
    true
}

/// Multiplies each element of a constant with a factor of its own.
fn scale(editor: &mut GraphEditor, id: TensorId, factor: impl Fn(usize) -> f32) {
    let tensor = editor.tensor(id);
    let reals = reals(tensor).unwrap_or_default().iter().enumerate();
    let scaled = reals.map(|(element, real)| real * factor(element));
    let bytes: Vec<u8> = scaled.flat_map(f32::to_le_bytes).collect();
    editor.tensor_mut(id).constant = Some(Constant::copied(&bytes));
}
