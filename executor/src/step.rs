//! The nodes of a program, each with its kernel.

use demilite_core::{Graph, NodeId, TensorId};

use crate::kernel::Kernel;

/// A node in its turn.
pub(crate) struct Step {
    pub(crate) node: NodeId,
    /// `None` where only an invocation shows what the kernel needs.
    pub(crate) kernel: Option<Box<dyn Kernel>>,
}

impl Step {
    /// The tensors whose values are asked for when the node runs.
    pub(crate) fn reads(&self, graph: &Graph) -> impl Iterator<Item = TensorId> {
        let kernel = self.kernel.as_ref();
        let inputs = graph.node(self.node).inputs.iter().enumerate();
        inputs
            .filter(move |&(index, _)| kernel.is_none_or(|kernel| kernel.reads(index)))
            .filter_map(|(_, &input)| input)
    }
}
