//! The activations among the tensors of a graph.

use demilite_core::spec::{OpRule, Role};
use demilite_core::{DataType, Graph, NodeId, TensorId};

/// Whether a tensor is an activation: floats that are no constant.
pub(crate) fn is_activation(graph: &Graph, id: TensorId) -> bool {
    let tensor = graph.tensor(id);
    tensor.dtype == DataType::Float32 && tensor.constant.is_none()
}

/// The activations that a node reads and writes.
pub(crate) fn activations_of(
    graph: &Graph,
    id: NodeId,
    rule: &OpRule,
) -> (Vec<TensorId>, Vec<TensorId>) {
    let node = graph.node(id);
    let inputs = node.inputs.iter().enumerate();
    let inputs = inputs.filter(|(place, _)| rule.role(*place) == Role::Activation);
    let inputs = inputs.filter_map(|(_, input)| *input);
    let outputs = node.outputs.iter().copied();
    (
        inputs.filter(|&id| is_activation(graph, id)).collect(),
        outputs.filter(|&id| is_activation(graph, id)).collect(),
    )
}
