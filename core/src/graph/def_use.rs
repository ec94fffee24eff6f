//! Who writes each tensor of a graph, and who reads it.

use crate::node::{Node, NodeId};
use crate::tensor::TensorId;

/// For each tensor the node that writes it and those that read it.
#[derive(Debug, Clone, Default)]
pub(super) struct DefUse {
    producers: Vec<Option<NodeId>>,
    /// Where the consumers of each tensor begin; one more than there are tensors.
    starts: Vec<usize>,
    consumers: Vec<NodeId>,
}

impl DefUse {
    /// The nodes are in the order of execution, and name no tensor beyond `tensors`.
    pub(super) fn new(nodes: &[Node], tensors: usize) -> Self {
        let mut producers = vec![None; tensors];
        let mut reads: Vec<(TensorId, NodeId)> = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            for &output in &node.outputs {
                producers[output.0] = Some(NodeId(index));
            }
            let inputs = node.inputs.iter().flatten();
            reads.extend(inputs.map(|&input| (input, NodeId(index))));
        }
        reads.sort_unstable();
        reads.dedup();
        let mut starts = vec![0; tensors + 1];
        for (tensor, _) in &reads {
            starts[tensor.0 + 1] += 1;
        }
        for tensor in 0..tensors {
            starts[tensor + 1] += starts[tensor];
        }
        DefUse {
            producers,
            starts,
            consumers: reads.into_iter().map(|(_, node)| node).collect(),
        }
    }

    pub(super) fn producer(&self, tensor: TensorId) -> Option<NodeId> {
        self.producers[tensor.0]
    }

    pub(super) fn consumers(&self, tensor: TensorId) -> &[NodeId] {
        &self.consumers[self.starts[tensor.0]..self.starts[tensor.0 + 1]]
    }
}
