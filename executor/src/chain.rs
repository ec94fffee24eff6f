//! Nodes that may be computed together.

use demilite_core::{Graph, NodeId, Partition};

use crate::folding::Folded;

/// Nodes from `first` on, each of which gives one tensor that the next one alone reads.
pub(crate) fn chain(partition: &Partition, folded: &Folded, first: NodeId) -> Vec<NodeId> {
    let mut chain = vec![first];
    while let Some(next) = next(partition, folded, chain[chain.len() - 1]) {
        chain.push(next);
    }
    chain
}

/// The only reader of what a node writes, if the partition has it and nobody else is to see that.
fn next(partition: &Partition, folded: &Folded, node: NodeId) -> Option<NodeId> {
    let graph = partition.graph();
    let (&[output], false) = (&graph.node(node).outputs[..], has_variables(graph, node)) else {
        return None;
    };
    let &[next] = graph.consumers(output) else {
        return None;
    };
    let is_here = partition.nodes().contains(&next) && !folded.computes(graph, next);
    let is_inner = !partition.outputs().contains(&output) && !has_variables(graph, next);
    (is_here && is_inner && folded.shapes[output.0].is_some()).then_some(next)
}

/// Whether a node reads tensors that stay from one invocation to the next.
fn has_variables(graph: &Graph, node: NodeId) -> bool {
    let mut inputs = graph.node(node).inputs.iter().flatten();
    inputs.any(|&id| graph.tensor(id).is_variable)
}
