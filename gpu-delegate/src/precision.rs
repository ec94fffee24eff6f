//! The float in which each node of a partition reads and writes its tensors, decided before any node is lowered.

use std::collections::HashSet;

use demilite_core::partition::is_constant_expansion;
use demilite_core::{DataType, Graph, NodeContext, NodeId, Op, Partition, TensorId};
use demilite_shaders::Element;

use crate::device::Device;
use crate::memory::constant::{float_constant, quantized_element};
use crate::node::effect::{Effect, Range};
use crate::op;
use crate::options::Precision;

/// The element of the floats that each node reads and writes.
pub(crate) struct NodePrecisions {
    /// Of all nodes but those of `single`.
    element: Element,
    /// The nodes of 32-bit floats.
    single: HashSet<NodeId>,
}

impl NodePrecisions {
    /// Decides for the nodes of `partition`.
    pub(crate) fn new(partition: &Partition, device: &Device) -> Self {
        let all = |element| NodePrecisions {
            element,
            single: HashSet::new(),
        };
        match device.options().precision {
            Precision::F32 => all(Element::F32),
            // What floats between layers of integers are rounded to, those layers read.
            Precision::F16 | Precision::Auto if has_integer_layers(partition.graph()) => {
                all(Element::F32)
            }
            Precision::F16 => all(device.half()),
            Precision::Auto if !has_halves(partition.graph()) => all(Element::F32),
            Precision::Auto => NodePrecisions {
                element: device.half(),
                single: single_nodes(partition),
            },
        }
    }

    /// What `node` reads and writes floats as.
    pub(crate) fn element(&self, node: NodeId) -> Element {
        match self.single.contains(&node) {
            true => Element::F32,
            false => self.element,
        }
    }

    /// Has `node` keep 32-bit floats.
    pub(crate) fn widen(&mut self, node: NodeId) {
        self.single.insert(node);
    }

    /// The type of each node that computes floats.
    pub(crate) fn types(&self, partition: &Partition) -> Vec<(NodeId, DataType)> {
        let computing = partition.nodes().iter().filter(|&&id| {
            let node = partition.context(id);
            let mut floats = computed_inputs(&node).chain(float_outputs(&node));
            !is_constant_expansion(partition.graph(), id) && floats.next().is_some()
        });
        computing
            .map(|&id| match self.element(id) {
                Element::F16 | Element::F16Packed => (id, DataType::Float16),
                Element::F32 | Element::I8 | Element::U8 | Element::I16 | Element::I32 => {
                    (id, DataType::Float32)
                }
            })
            .collect()
    }
}

/// Whether layers of the graph, nodes with weights, write quantized integers.
fn has_integer_layers(graph: &Graph) -> bool {
    let mut nodes = graph.nodes().iter();
    nodes.any(|node| {
        let is_layer = matches!(
            node.op,
            Op::BatchMatmul(_)
                | Op::Conv2d(_)
                | Op::DepthwiseConv2d(_)
                | Op::FullyConnected(_)
                | Op::TransposeConv(_)
        );
        let mut outputs = node.outputs.iter().map(|&id| graph.tensor(id).dtype);
        is_layer && outputs.any(|dtype| quantized_element(dtype).is_some())
    })
}

/// Whether the graph has constants of 16-bit floats.
fn has_halves(graph: &Graph) -> bool {
    let mut tensors = graph.tensors().iter();
    tensors.any(|tensor| tensor.dtype == DataType::Float16 && tensor.constant.is_some())
}

/// The inputs of floats that are not constants.
fn computed_inputs<'a>(node: &NodeContext<'a>) -> impl Iterator<Item = TensorId> + use<'a> {
    let graph = node.graph();
    let inputs = node.node().inputs.iter().flatten().copied();
    inputs.filter(|&id| {
        graph.tensor(id).dtype == DataType::Float32 && float_constant(graph, id).is_none()
    })
}

fn float_outputs<'a>(node: &NodeContext<'a>) -> impl Iterator<Item = TensorId> + use<'a> {
    let graph = node.graph();
    let outputs = node.node().outputs.iter().copied();
    outputs.filter(|&id| graph.tensor(id).dtype == DataType::Float32)
}

/// Whether the node moves nothing but constants of 16-bit floats, which stay what they are.
fn moves_halves(node: &NodeContext<'_>) -> bool {
    let constants = node.node().inputs.iter().flatten();
    let mut constants = constants.filter_map(|&id| float_constant(node.graph(), id));
    computed_inputs(node).next().is_none() && constants.all(|constant| constant.is_half())
}

/// The nodes of `partition` that 16-bit floats do not do for.
///
/// Forwards, a tensor of any range, from outside of the partition or from a node that may give such values, makes its readers
/// keep 32-bit floats, and theirs, up to and with the first layer: sums of products with weights of 16-bit floats are taken to
/// hold in 16-bit floats. Backwards, what has to be read unrounded is written unrounded, from the first layer on.
fn single_nodes(partition: &Partition) -> HashSet<NodeId> {
    let graph = partition.graph();
    let nodes = partition.nodes().iter().copied();
    let nodes: Vec<NodeId> = nodes
        .filter(|&id| !is_constant_expansion(graph, id))
        .collect();
    let mut single = HashSet::new();
    let mut effects: Vec<Effect> = Vec::new();
    // Tensors of values that 16-bit floats hold, and those of them that are not larger than a few units.
    let (mut held, mut bounded) = (HashSet::new(), HashSet::new());
    for &id in &nodes {
        let node = partition.context(id);
        let effect = op::effect(&node, &|tensor| bounded.contains(&tensor));
        let effect = effect.with_constants_of(&node);
        let inputs: Vec<TensorId> = computed_inputs(&node).collect();
        let are_held = inputs.iter().all(|input| held.contains(input));
        if effect.reads_exactly || effect.range == Range::Any || !are_held {
            single.insert(id);
        }
        let is_bounded = match effect.range {
            Range::Bounded => true,
            Range::Within => {
                !inputs.is_empty() && inputs.iter().all(|input| bounded.contains(input))
            }
            Range::Layer | Range::Any => false,
        };
        let is_held = match effect.range {
            Range::Bounded | Range::Layer => true,
            Range::Within => are_held,
            Range::Any => false,
        };
        if is_held {
            held.extend(float_outputs(&node));
        }
        if is_bounded {
            bounded.extend(float_outputs(&node));
        }
        effects.push(effect);
    }
    let mut exact: HashSet<TensorId> = graph.outputs().iter().copied().collect();
    for (&id, effect) in std::iter::zip(&nodes, effects).rev() {
        let node = partition.context(id);
        let is_exact = float_outputs(&node).any(|output| exact.contains(&output));
        if is_exact && !moves_halves(&node) {
            single.insert(id);
        }
        let passes_on = match effect.range {
            Range::Within | Range::Bounded => is_exact,
            Range::Layer | Range::Any => false,
        };
        if passes_on || effect.reads_exactly {
            exact.extend(computed_inputs(&node));
        }
    }
    single
}
