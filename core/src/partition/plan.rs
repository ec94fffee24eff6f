//! Who runs what.

use std::sync::Arc;

use crate::delegate::{Delegate, Reject};
use crate::node::NodeId;
use crate::tensor::TensorId;

/// Nodes that one delegate runs in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPartition {
    /// The delegate's place in the order of preference.
    pub delegate: usize,
    /// The nodes, in an order that can run. A node that expands a constant stands in every
    /// partition that reads what it writes.
    pub nodes: Vec<NodeId>,
    /// Tensors that come from outside and that the delegate does not hold.
    pub inputs: Vec<TensorId>,
    /// Tensors that are read outside and that the delegate does not hold.
    pub outputs: Vec<TensorId>,
}

/// Who runs a node, and why not the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePlacement {
    /// The partitions that run the node: several only for a node that expands a constant, none for
    /// one whose results were known before.
    pub partitions: Vec<usize>,
    /// The delegates before it in the order of preference, each with its reason.
    pub rejections: Vec<(usize, Reject)>,
    /// Whether the node only expands a constant, and so goes with whoever reads it.
    pub is_constant_expansion: bool,
}

/// The name under which plans show the interpreter, which runs the nodes that call other graphs.
pub const INTERPRETER: &str = "interpreter";

/// How a graph is split between delegates.
///
/// ```
#[doc = include_str!("../../doc/relu.md")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let model = Arc::new(Model::from_graph(relu()));
/// let session = Session::builder(model).delegate(Arc::new(Rectifier)).build()?;
/// let plan = session.plan();
/// assert_eq!(plan.delegates, ["rectifier"]);
/// assert_eq!(plan.partitions[0].nodes, [NodeId(0)]);
/// assert!(plan.placements[0].rejections.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Names of the delegates in the order of preference; [`INTERPRETER`] after them where a node
    /// calls other graphs.
    pub delegates: Vec<String>,
    /// The partitions in the order in which they run.
    pub partitions: Vec<PlannedPartition>,
    /// For each node, who runs it and why not the others.
    pub placements: Vec<NodePlacement>,
    /// How the graphs are split that nodes of this one call.
    pub calls: Vec<PlannedCall>,
}

/// A graph that a node calls, and how it is split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCall {
    /// The node that calls.
    pub node: NodeId,
    /// The graph that is called.
    pub graph_index: usize,
    /// How it is split.
    pub plan: Plan,
}

impl Plan {
    /// The delegates that run a node, by their places in the order of preference.
    pub fn delegates_of(&self, node: NodeId) -> impl Iterator<Item = usize> {
        let partitions = self.placements[node.0].partitions.iter();
        partitions.map(|&partition| self.partitions[partition].delegate)
    }

    /// Says who the delegates are and which partitions run each node, as the partitions have it.
    pub(super) fn complete(&mut self, delegates: &[Arc<dyn Delegate>]) {
        self.delegates = delegates
            .iter()
            .map(|each| each.name().to_owned())
            .collect();
        let mut partitions = self.partitions.iter();
        if partitions.any(|partition| partition.delegate == delegates.len()) {
            self.delegates.push(INTERPRETER.to_owned());
        }
        for placement in &mut self.placements {
            placement.partitions.clear();
        }
        for (index, partition) in self.partitions.iter().enumerate() {
            for id in &partition.nodes {
                self.placements[id.0].partitions.push(index);
            }
        }
    }

    /// The number of nodes that a delegate runs, without those that expand constants.
    pub fn compute_nodes(&self, delegate: usize) -> usize {
        let partitions = self.partitions.iter();
        partitions
            .filter(|partition| partition.delegate == delegate)
            .flat_map(|partition| &partition.nodes)
            .filter(|node| !self.placements[node.0].is_constant_expansion)
            .count()
    }

    /// [`Plan::compute_nodes`] of this graph and of all that it calls, each once for each call.
    pub fn compute_nodes_with_calls(&self, delegate: usize) -> usize {
        let called = self.calls.iter();
        let called = called.map(|call| call.plan.compute_nodes_with_calls(delegate));
        self.compute_nodes(delegate) + called.sum::<usize>()
    }
}
