//! Inputs and outputs whose values stay with a delegate, in memory that the caller shares with it.

use std::sync::Arc;

use crate::delegate::Delegate;
use crate::error::CompileError;
use crate::graph::Graph;
use crate::node::NodeId;
use crate::partition::Plan;
use crate::tensor::TensorId;

/// Which inputs and outputs of a graph a session neither takes nor gives.
#[derive(Default)]
pub(super) struct Held {
    tensors: Vec<TensorId>,
}

impl Held {
    /// Asks the delegates, and takes what they hold out of what partitions of `plan` exchange.
    ///
    /// # Errors
    /// [`CompileError::Held`] for a tensor that somebody else reads or writes.
    pub(super) fn withhold(
        graph: &Graph,
        graph_index: usize,
        delegates: &[Arc<dyn Delegate>],
        kept: &[TensorId],
        plan: &mut Plan,
    ) -> Result<Self, CompileError> {
        let mut held = Held::default();
        for &tensor in graph.inputs().iter().chain(graph.outputs()) {
            let mut holders = delegates.iter();
            let holder = holders.position(|delegate| delegate.holds(graph_index, tensor));
            let Some(holder) = holder.filter(|_| !held.contains(tensor)) else {
                continue;
            };
            let obstacle = obstacle(graph, tensor, holder, kept, plan);
            if let Some(reason) = obstacle {
                return Err(CompileError::Held {
                    delegate: delegates[holder].name().to_owned(),
                    tensor,
                    name: graph.tensor(tensor).name.clone(),
                    reason,
                });
            }
            for partition in &mut plan.partitions {
                partition.inputs.retain(|&input| input != tensor);
                partition.outputs.retain(|&output| output != tensor);
            }
            held.tensors.push(tensor);
        }
        Ok(held)
    }

    /// Whether one of these nodes reads or writes a tensor that a delegate holds.
    pub(super) fn is_needed(&self, graph: &Graph, nodes: &[NodeId]) -> bool {
        nodes.iter().any(|&node| {
            let node = graph.node(node);
            let mut tensors = node.inputs.iter().flatten().chain(&node.outputs);
            tensors.any(|&tensor| self.contains(tensor))
        })
    }

    /// Whether a delegate holds this tensor.
    pub(super) fn contains(&self, tensor: TensorId) -> bool {
        self.tensors.contains(&tensor)
    }
}

/// Why the delegate at `holder` cannot be the only one that has `tensor`.
fn obstacle(
    graph: &Graph,
    tensor: TensorId,
    holder: usize,
    kept: &[TensorId],
    plan: &Plan,
) -> Option<String> {
    let (is_input, is_output) = (
        graph.inputs().contains(&tensor),
        graph.outputs().contains(&tensor),
    );
    if is_input && is_output {
        return Some("it is an input and an output at once".to_owned());
    }
    if kept.contains(&tensor) {
        return Some("the session is asked to keep its value".to_owned());
    }
    let mut written = is_input;
    for partition in &plan.partitions {
        let reads = partition.inputs.contains(&tensor);
        let writes = partition.outputs.contains(&tensor);
        written |= writes;
        if (reads || writes) && partition.delegate != holder {
            let node = partition.nodes.iter().find(|&&node| {
                let node = graph.node(node);
                node.inputs.contains(&Some(tensor)) || node.outputs.contains(&tensor)
            })?;
            let does = if reads { "reads" } else { "writes" };
            let op = graph.node(*node).op.name();
            let runner = &plan.delegates[partition.delegate];
            return Some(format!(
                "node {node} ({op}), which runs on {runner}, {does} it"
            ));
        }
    }
    (!written).then(|| "its value is known before any invocation".to_owned())
}
