//! Layers that follow one another.

use demilite_core::graph::GraphEditor;
use demilite_core::op::Activation;
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::relu::ReluKind;
use demilite_core::{Constant, Graph, Node, NodeId, Op, Shape, TensorId};

use crate::layer::Layer;
use crate::soundness::reals;

/// Two layers of which the second alone reads what the first gives, in the same channels.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    /// The weights of the first, whose channels are its outputs.
    pub(crate) first: Weights,
    pub(super) bias: Option<TensorId>,
    /// The weights of the second, whose channels are its inputs.
    pub(crate) second: Weights,
    /// The output channel of an element of the second's weights is `element / inner % extent`.
    pub(crate) outputs: Weights,
    pub(crate) channels: usize,
    /// Where the first's activation cuts off.
    pub(super) limit: Option<f32>,
    /// What the first gives.
    pub(super) output: TensorId,
    /// What the second reads; ops between them may only move values and average over channels.
    pub(super) input: TensorId,
}

/// Weights whose elements belong to channels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weights {
    pub(crate) id: TensorId,
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

    /// The columns of a matrix, each of which reads one of `channels` innermost ones.
    fn columns(id: TensorId, shape: &Shape, channels: usize) -> Option<Self> {
        let depth = *shape.last()?;
        (channels > 0 && depth.is_multiple_of(channels)).then_some(Weights {
            id,
            inner: 1,
            extent: channels,
            repeated: 1,
        })
    }

    pub(crate) fn channel(&self, element: usize) -> usize {
        element / self.inner % self.extent / self.repeated
    }

    /// How far each channel reaches.
    pub(super) fn reach(&self, reals: &[f32], channels: usize) -> Vec<f32> {
        let mut reach = vec![0.0_f32; channels];
        for (element, real) in reals.iter().enumerate() {
            let channel = self.channel(element);
            reach[channel] = reach[channel].max(real.abs());
        }
        reach
    }
}

/// The pairs of a graph, in the order of its nodes.
pub(crate) fn pairs(graph: &Graph) -> Vec<Pair> {
    let nodes = graph.node_ids();
    nodes.filter_map(|first| pair(graph, first)).collect()
}

/// The pair that a layer is the first of.
fn pair(graph: &Graph, first: NodeId) -> Option<Pair> {
    let node = graph.node(first);
    let layer = Layer::of(&node.op)?;
    let limit = limit(&node.op)?;
    let weights = own_constant(graph, node.inputs[layer.weights]?)?;
    let bias = match node.inputs.get(layer.bias).copied().flatten() {
        Some(bias) => Some(own_constant(graph, bias)?),
        None => None,
    };
    let shape = &graph.tensor(weights).shape;
    let channels = *shape.get(layer.channels)?;
    let output = node.outputs[0];
    let (input, second) = reader(graph, output, channels)?;
    let next = graph.node(second);
    let next_layer = Layer::of(&next.op)?;
    if next.inputs[next_layer.input] != Some(input) {
        return None;
    }
    let next_weights = own_constant(graph, next.inputs[next_layer.weights]?)?;
    let next_shape = &graph.tensor(next_weights).shape;
    let outputs = *next_shape.get(next_layer.channels)?;
    let second = match &next.op {
        Op::FullyConnected(_) => Weights::columns(next_weights, next_shape, channels)?,
        Op::DepthwiseConv2d(_) => Weights::along(next_weights, next_shape, 3, channels)?,
        // A filter of several groups has fewer channels than its input.
        _ if next_shape.get(3) != Some(&channels) => return None,
        _ => Weights::along(next_weights, next_shape, 3, channels)?,
    };
    Some(Pair {
        first: Weights::along(weights, shape, layer.channels, channels)?,
        bias,
        second,
        outputs: Weights::along(next_weights, next_shape, next_layer.channels, outputs)?,
        channels,
        limit,
        output,
        input,
    })
}

/// The one node that reads a tensor as a layer might, behind ops that keep channels and their factors, and what it reads.
fn reader(graph: &Graph, mut id: TensorId, channels: usize) -> Option<(TensorId, NodeId)> {
    loop {
        let &[reader] = graph.consumers(id) else {
            return None;
        };
        if graph.outputs().contains(&id) || graph.tensor(id).shape.last() != Some(&channels) {
            return None;
        }
        let node = graph.node(reader);
        if Layer::of(&node.op).is_some() {
            return Some((id, reader));
        }
        let passes = match &node.op {
            Op::Pool2d(op) => {
                op.activation == Activation::None
                    && matches!(op.kind, PoolKind::Average | PoolKind::Max)
            }
            Op::Relu(op) => op.kind == ReluKind::Relu,
            Op::Mean(_) => averages_over_others(graph, node),
            Op::Pad(_) => true,
            // With the innermost extent the columns of a matrix are known; others of a reshaped tensor are not.
            Op::Reshape(_) | Op::Squeeze(_) => {
                let output = &graph.tensor(node.outputs[0]).shape;
                let &[after] = graph.consumers(node.outputs[0]) else {
                    return None;
                };
                let is_flat = output.len() == 2
                    && output[1].is_multiple_of(channels)
                    && matches!(graph.node(after).op, Op::FullyConnected(_));
                if is_flat && !graph.outputs().contains(&node.outputs[0]) {
                    return Some((node.outputs[0], after));
                }
                true
            }
            _ => false,
        };
        if !passes || node.inputs.first() != Some(&Some(id)) {
            return None;
        }
        id = node.outputs[0];
    }
}

/// Whether a MEAN leaves its innermost dimension as it is.
fn averages_over_others(graph: &Graph, node: &Node) -> bool {
    let tensor = |place: usize| Some(graph.tensor((*node.inputs.get(place)?)?));
    let axes = tensor(1).and_then(|axes| axes.constant_view()?.as_slice::<i32>().ok());
    let (Some(input), Some(axes)) = (tensor(0), axes) else {
        return false;
    };
    let last = input.shape.len() as i32 - 1;
    axes.iter().all(|&axis| axis != last && axis != -1)
}

/// Where the activation of an op cuts off, if it gives twice as much in a channel whose weights and bias are twice as large up to there.
fn limit(op: &Op) -> Option<Option<f32>> {
    let activation = match op {
        Op::Conv2d(op) => op.activation,
        Op::DepthwiseConv2d(op) => op.activation,
        Op::FullyConnected(op) => op.activation,
        _ => return None,
    };
    match activation {
        Activation::None | Activation::Relu => Some(None),
        Activation::Relu6 => Some(Some(6.0)),
        _ => None,
    }
}

/// A dense constant that one node reads.
fn own_constant(graph: &Graph, id: TensorId) -> Option<TensorId> {
    let is_own = graph.consumers(id).len() == 1 && !graph.outputs().contains(&id);
    (is_own && reals(graph.tensor(id)).is_some()).then_some(id)
}

/// Multiplies what the first layer of a pair gives by factors, one for each channel, and divides the weights of the second by them.
pub(crate) fn apply(editor: &mut GraphEditor, pair: &Pair, factors: &[f32]) {
    let first = pair.first;
    scale(editor, first.id, |element| factors[first.channel(element)]);
    if let Some(bias) = pair.bias {
        scale(editor, bias, |element| factors[element]);
    }
    let second = pair.second;
    scale(editor, second.id, |element| {
        1.0 / factors[second.channel(element)]
    });
}

/// Multiplies each element of a constant with a factor of its own.
fn scale(editor: &mut GraphEditor, id: TensorId, factor: impl Fn(usize) -> f32) {
    let tensor = editor.tensor(id);
    let reals = reals(tensor).unwrap_or_default().iter().enumerate();
    let scaled = reals.map(|(element, real)| real * factor(element));
    let bytes: Vec<u8> = scaled.flat_map(f32::to_le_bytes).collect();
    editor.tensor_mut(id).constant = Some(Constant::copied(&bytes));
}
