//! Nodes that may be computed together.

use demilite_core::{Graph, NodeId, Partition};

use crate::folding::Folded;

/// Nodes of a chain at most, so that a long one does not take longer than its length.
const MOST: usize = 32;

/// The chains of a partition.
pub(crate) struct Chains<'a> {
    partition: &'a Partition,
    folded: &'a Folded,
    /// Whether the partition has each node of the graph, and runs it.
    runs: Vec<bool>,
    /// Whether each tensor of the graph is an output of the partition.
    is_output: Vec<bool>,
}

impl<'a> Chains<'a> {
    /// The chains of what is left when all that follows from constants is known.
    pub(crate) fn new(partition: &'a Partition, folded: &'a Folded) -> Self {
        let graph = partition.graph();
        let mut runs = vec![false; graph.nodes().len()];
        for &node in partition.nodes() {
            runs[node.0] = !folded.computes(graph, node);
        }
        let mut is_output = vec![false; graph.tensors().len()];
        for &tensor in partition.outputs() {
            is_output[tensor.0] = true;
        }
        Chains {
            partition,
            folded,
            runs,
            is_output,
        }
    }

    /// Nodes from `first` on, each of which gives one tensor that the next one alone reads.
    pub(crate) fn from(&self, first: NodeId) -> Vec<NodeId> {
        let mut chain = vec![first];
        while let Some(next) = self.next(chain[chain.len() - 1])
            && chain.len() < MOST
        {
            chain.push(next);
        }
        chain
    }

    /// The only reader of what a node writes, if the partition runs it and nobody else is to see that.
    fn next(&self, node: NodeId) -> Option<NodeId> {
        let graph = self.partition.graph();
        let (&[output], false) = (&graph.node(node).outputs[..], has_variables(graph, node)) else {
            return None;
        };
        let &[next] = graph.consumers(output) else {
            return None;
        };
        let is_inner = !self.is_output[output.0] && !has_variables(graph, next);
        let is_known = self.folded.shapes[output.0].is_some();
        (self.runs[next.0] && is_inner && is_known).then_some(next)
    }
}

/// Whether a node reads tensors that stay from one invocation to the next.
fn has_variables(graph: &Graph, node: NodeId) -> bool {
    let mut inputs = graph.node(node).inputs.iter().flatten();
    inputs.any(|&id| graph.tensor(id).is_variable)
}
