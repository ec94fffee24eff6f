//! The activations among the tensors of a graph.

use demilite_core::spec::{OpRule, Role};
use demilite_core::{DataType, Graph, NodeId, Op, TensorId};

/// Whether a tensor is an activation: floats that are no constant.
pub(crate) fn is_activation(graph: &Graph, id: TensorId) -> bool {
    let tensor = graph.tensor(id);
    tensor.dtype == DataType::Float32 && tensor.constant.is_none()
}

/// Whether an input of a node is weights that another node computes, which FULLY_CONNECTED alone takes.
pub(crate) fn is_computed_weights(graph: &Graph, id: NodeId, place: usize) -> bool {
    let node = graph.node(id);
    let weights = node.inputs.get(place).copied().flatten();
    matches!(node.op, Op::FullyConnected(_))
        && place == 1
        && weights.is_some_and(|weights| is_activation(graph, weights))
}

/// The activations that a node reads and writes.
pub(crate) fn activations_of(
    graph: &Graph,
    id: NodeId,
    rule: &OpRule,
) -> (Vec<TensorId>, Vec<TensorId>) {
    let node = graph.node(id);
    let inputs = node.inputs.iter().enumerate();
    let inputs = inputs.filter(|(place, _)| {
        rule.role(*place) == Role::Activation || is_computed_weights(graph, id, *place)
    });
    let inputs = inputs.filter_map(|(_, input)| *input);
    let outputs = node.outputs.iter().copied();
    (
        inputs.filter(|&id| is_activation(graph, id)).collect(),
        outputs.filter(|&id| is_activation(graph, id)).collect(),
    )
}
