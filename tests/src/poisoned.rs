//! A delegate whose outputs start as rubbish and are followed by a guard, so that an element that is not written shows, and one that
//! is written behind the last.

use std::sync::Arc;
use std::time::Duration;

use demilite_core::{
    CompileError, Compiled, Counters, DataType, Delegate, Executable, Io, LedgerEntry, NodeContext,
    NodeId, Observable, OpError, Partition, Reject, RunError, Shape, TensorId,
};

/// What the bytes of outputs are before the first invocation and before the second, in turn: as
/// floats a NaN and a number near the largest.
const POISON: [u8; 2] = [0xff, 0x7f];

/// Another delegate, with poisoned and guarded outputs.
pub(crate) struct Poisoned {
    inner: Arc<dyn Delegate>,
}

impl Poisoned {
    pub(crate) fn new(inner: Arc<dyn Delegate>) -> Self {
        Poisoned { inner }
    }
}

#[deny(
    clippy::missing_trait_methods,
    reason = "a method that is not handed on would be judged by its default"
)]
impl Delegate for Poisoned {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        self.inner.supports(node)
    }

    fn custom_output_shapes(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        self.inner.custom_output_shapes(node)
    }

    fn holds(&self, graph_index: usize, tensor: TensorId) -> bool {
        self.inner.holds(graph_index, tensor)
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        Ok(Arc::new(PoisonedCompiled {
            inner: self.inner.compile(partition)?,
        }))
    }
}

struct PoisonedCompiled {
    inner: Arc<dyn Compiled>,
}

#[deny(
    clippy::missing_trait_methods,
    reason = "a method that is not handed on would be judged by its default"
)]
impl Compiled for PoisonedCompiled {
    fn instantiate(self: Arc<Self>) -> Result<Box<dyn Executable>, CompileError> {
        Ok(Box::new(PoisonedExecutable {
            inner: Arc::clone(&self.inner).instantiate()?,
            invocations: 0,
        }))
    }

    fn fusions(&self) -> Vec<(NodeId, NodeId)> {
        self.inner.fusions()
    }

    fn activation_types(&self) -> Vec<(NodeId, DataType)> {
        self.inner.activation_types()
    }

    fn ledger(&self) -> Vec<LedgerEntry> {
        self.inner.ledger()
    }
}

struct PoisonedExecutable {
    inner: Box<dyn Executable>,
    invocations: usize,
}

#[deny(
    clippy::missing_trait_methods,
    reason = "a method that is not handed on would be judged by its default"
)]
impl Executable for PoisonedExecutable {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        let poison = POISON[self.invocations % POISON.len()];
        self.invocations += 1;
        for output in io.outputs.iter_mut() {
            output.guard()?;
            output.bytes_mut().fill(poison);
        }
        self.inner.invoke(io)?;
        for (index, output) in io.outputs.iter().enumerate() {
            assert!(
                output.is_guard_intact(),
                "it writes behind the end of output {index}"
            );
        }
        Ok(())
    }

    fn as_observable(&mut self) -> Option<&mut dyn Observable> {
        self.inner.as_observable()
    }

    fn counters(&self) -> Counters {
        self.inner.counters()
    }

    fn set_profiling(&mut self, enabled: bool) -> bool {
        self.inner.set_profiling(enabled)
    }

    fn node_times(&self) -> Vec<(NodeId, Duration)> {
        self.inner.node_times()
    }
}
