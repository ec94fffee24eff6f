//! What keeps a model from hardware that has integers only.

use crate::dtype::DataType;
use crate::graph::Graph;
use crate::node::NodeId;
use crate::tensor::TensorId;

/// A tensor of reals, complex numbers or strings, which Edge TPUs and microcontrollers without a float unit cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The tensor.
    pub tensor: TensorId,
    /// The first node that reads or writes it; `None` where no node does.
    pub node: Option<NodeId>,
    /// Its type.
    pub dtype: DataType,
}

/// Every tensor of such a type that a node of the graph, its inputs or its outputs name. A graph without
/// any is integer-only.
pub fn obstacles_to_integer_only(graph: &Graph) -> Vec<Obstacle> {
    let mut named: Vec<Option<Option<NodeId>>> = vec![None; graph.tensors().len()];
    for id in graph.inputs().iter().chain(graph.outputs()) {
        named[id.0].get_or_insert(None);
    }
    for id in graph.node_ids() {
        let node = graph.node(id);
        for tensor in node.inputs.iter().flatten().chain(&node.outputs) {
            let first = named[tensor.0].get_or_insert(None);
            first.get_or_insert(id);
        }
    }
    let tensors = std::iter::zip(graph.tensors(), named).enumerate();
    tensors
        .filter_map(|(index, (tensor, named))| {
            let node = named?;
            let is_obstacle = matches!(
                tensor.dtype,
                DataType::Float32
                    | DataType::Float16
                    | DataType::Float64
                    | DataType::BFloat16
                    | DataType::Complex64
                    | DataType::Complex128
                    | DataType::String
            );
            is_obstacle.then_some(Obstacle {
                tensor: TensorId(index),
                node,
                dtype: tensor.dtype,
            })
        })
        .collect()
}
