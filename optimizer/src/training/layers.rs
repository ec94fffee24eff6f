//! The layers that are trained, and what lies behind them.

use std::collections::BTreeSet;

use demilite_core::{DataType, Graph, NodeId, TensorId};

use super::parameter::Role;

/// The most layers that a message names.
const NAMED: usize = 8;

/// The layers of a graph that are trained.
pub(super) struct Layers<'a> {
    pub(super) frozen: &'a BTreeSet<NodeId>,
    /// For each node the layers that bear on what it writes, itself among them.
    before: Vec<BTreeSet<NodeId>>,
}

impl<'a> Layers<'a> {
    /// All layers of a graph but those that are frozen.
    pub(super) fn new(graph: &Graph, frozen: &'a BTreeSet<NodeId>) -> Self {
        let mut before: Vec<BTreeSet<NodeId>> = vec![BTreeSet::new(); graph.nodes().len()];
        for id in graph.node_ids() {
            let inputs = &graph.node(id).inputs;
            let producers = inputs
                .iter()
                .flatten()
                .filter_map(|&input| graph.producer(input));
            let mut own: BTreeSet<NodeId> = producers
                .flat_map(|producer| before[producer.0].iter().copied())
                .collect();
            let is_trained = (0..inputs.len()).any(|index| Role::of(graph, id, index).is_some());
            if is_trained && !frozen.contains(&id) {
                own.insert(id);
            }
            before[id.0] = own;
        }
        Layers { frozen, before }
    }

    /// Whether a layer that is trained bears on what a node writes.
    pub(super) fn bear_on(&self, id: NodeId) -> bool {
        !self.before[id.0].is_empty()
    }

    /// What lets a model be trained that has a node which gradients do not pass.
    pub(super) fn remedy(&self, id: NodeId) -> String {
        let layers: Vec<String> = self.before[id.0]
            .iter()
            .map(|layer| format!("#{}", layer.0))
            .collect();
        let others = layers.len().saturating_sub(NAMED);
        let named = layers[..layers.len() - others].join(", ");
        match (layers.len(), others) {
            (0, _) => "leave it out of the model that is trained".to_owned(),
            (_, 0) => format!("freeze the layers up to it ({named}) to train those behind it"),
            _ => format!(
                "freeze the layers up to it ({named} and {others} more) to train those behind it"
            ),
        }
    }
}

/// The nodes that tensors depend on, in order.
pub(super) fn needed(graph: &Graph, ends: &[TensorId]) -> Vec<NodeId> {
    let mut is_needed = vec![false; graph.tensors().len()];
    for id in ends {
        is_needed[id.0] = true;
    }
    let mut nodes = Vec::new();
    for id in graph.node_ids().rev() {
        let node = graph.node(id);
        if node.outputs.iter().any(|output| is_needed[output.0]) {
            nodes.push(id);
            for input in node.inputs.iter().flatten() {
                let tensor = graph.tensor(*input);
                is_needed[input.0] |=
                    tensor.constant.is_none() && tensor.dtype == DataType::Float32;
            }
        }
    }
    nodes.reverse();
    nodes
}
