//! What a program does one after the other: the kernels of nodes, or of several nodes at a time.

use demilite_core::{Graph, NodeId, TensorId};

use crate::kernel::Kernel;

/// Nodes in their turn: one, or several that follow each other and are computed together.
pub(crate) struct Step {
    pub(crate) nodes: Vec<NodeId>,
    /// `None` where only an invocation shows what the kernel of a node needs.
    pub(crate) kernel: Option<Box<dyn Kernel>>,
}

impl Step {
    /// The last of the nodes, whose outputs are what is written.
    pub(crate) fn last(&self) -> NodeId {
        self.nodes[self.nodes.len() - 1]
    }

    /// The tensors that are written.
    pub(crate) fn outputs<'a>(&self, graph: &'a Graph) -> &'a [TensorId] {
        &graph.node(self.last()).outputs
    }

    /// The inputs of all nodes, without what one of them writes for the next.
    pub(crate) fn inputs<'a>(&'a self, graph: &'a Graph) -> impl Iterator<Item = Option<TensorId>> {
        let mut before: &[TensorId] = &[];
        self.nodes.iter().flat_map(move |&id| {
            let node = graph.node(id);
            let inner = std::mem::replace(&mut before, &node.outputs);
            let inputs = node.inputs.iter();
            inputs.map(move |input| input.filter(|input| !inner.contains(input)))
        })
    }

    /// The tensors whose values are asked for when the step runs.
    pub(crate) fn reads<'a>(&'a self, graph: &'a Graph) -> impl Iterator<Item = TensorId> {
        let kernel = self.kernel.as_ref();
        let inputs = self.inputs(graph).enumerate();
        inputs
            .filter(move |&(index, _)| kernel.is_none_or(|kernel| kernel.reads(index)))
            .filter_map(|(_, input)| input)
    }
}
