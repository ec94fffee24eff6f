//! Where kernels come from.

use demilite_core::{NodeContext, OpError, Reject, Shape, State};

use crate::kernel::{Kernel, Prepared, Unprepared};

/// Nodes that are computed together.
pub struct Together {
    /// How many of the chain, from its first on: two at least.
    pub nodes: usize,
    /// Their kernel.
    pub kernel: Box<dyn Kernel>,
}

impl std::fmt::Debug for Together {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Together")
            .field("nodes", &self.nodes)
            .finish_non_exhaustive()
    }
}

/// The kernels of a delegate.
pub trait KernelLibrary: Send + Sync {
    /// Makes a node ready to run: checks types and shapes, and works out whatever stays the same from one run to
    /// the next.
    ///
    /// # Errors
    /// [`Unprepared::Rejected`] for a node that the library leaves to the delegates after it, with the reason;
    /// [`Unprepared::Unknown`] where only an invocation shows a shape or a value that it needs.
    fn prepare(&self, node: &NodeContext<'_>) -> Prepared;

    /// Makes the first nodes of a chain ready to run as one. Each node of it gives one tensor, which the next one alone reads, and which is
    /// then nowhere in memory as a whole. `None` where they are better computed one by one.
    ///
    /// The kernel's inputs are those of all of its nodes, a node after the other, and absent where another of its nodes writes them; its
    /// outputs are the last node's. Its weights are laid out already.
    fn prepare_together(&self, _chain: &[NodeContext<'_>]) -> Option<Together> {
        None
    }

    /// The shapes of a node's outputs, in the invocation that shows them.
    ///
    /// # Errors
    /// [`OpError::Unknown`] where not even the invocation shows them; another [`OpError`] where the node breaks the
    /// op's rules.
    fn output_shapes(&self, node: &NodeContext<'_>, _state: &State) -> Result<Vec<Shape>, OpError> {
        node.op().infer(node)
    }

    /// Whether the kernel of this node reads input `index`, where it is stored sparsely, without its zeros. The
    /// executor adds them then, once.
    fn takes_sparse(&self, _node: &NodeContext<'_>, _index: usize) -> bool {
        false
    }

    /// Whether the library takes nodes whose kernels only an invocation shows. It has to have a kernel for whatever
    /// comes, as nobody is asked again.
    fn takes_unknown(&self) -> bool {
        false
    }

    /// Runs an invocation. A library with threads of its own runs it where its kernels find them, such as inside
    /// of `rayon::ThreadPool::install`: loops of `rayon` in kernels are then shared between the threads of that pool.
    fn run_within(&self, invocation: &mut (dyn FnMut() + Send)) {
        invocation();
    }
}

/// Whether a library takes a node, as [`Delegate::supports`](demilite_core::Delegate::supports) asks.
///
/// # Errors
/// The reason why not.
pub fn supports(library: &dyn KernelLibrary, node: &NodeContext<'_>) -> Result<(), Reject> {
    match library.prepare(node) {
        Ok(_) => Ok(()),
        Err(Unprepared::Unknown) if library.takes_unknown() => Ok(()),
        Err(Unprepared::Unknown) => Err(Reject::unsupported(
            "its shapes, or values that it is prepared with, are known only during an invocation",
        )),
        Err(Unprepared::Rejected(reject)) => Err(reject),
    }
}
