//! A delegate whose outputs start as rubbish, so that an element that is not written shows.

use std::sync::Arc;
use std::time::Duration;

use demilite_core::{
    CompileError, Counters, DataType, Delegate, Executable, Io, NodeContext, NodeId, Partition,
    Reject, RunError,
};

/// What the bytes of outputs are before the first invocation and before the second, in turn: as
/// floats a NaN and a number near the largest.
const POISON: [u8; 2] = [0xff, 0x7f];

/// Another delegate, with poisoned outputs.
pub(crate) struct Poisoned(pub(crate) Arc<dyn Delegate>);

impl Delegate for Poisoned {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        self.0.supports(node)
    }

    fn compile(&self, partition: &Partition<'_>) -> Result<Box<dyn Executable>, CompileError> {
        Ok(Box::new(PoisonedExecutable {
            inner: self.0.compile(partition)?,
            invocations: 0,
        }))
    }
}

struct PoisonedExecutable {
    inner: Box<dyn Executable>,
    invocations: usize,
}

impl Executable for PoisonedExecutable {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        let poison = POISON[self.invocations % POISON.len()];
        self.invocations += 1;
        for output in io.outputs.iter_mut() {
            output.bytes_mut().fill(poison);
        }
        self.inner.invoke(io)
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

    fn fusions(&self) -> Vec<(NodeId, NodeId)> {
        self.inner.fusions()
    }

    fn activation_types(&self) -> Vec<(NodeId, DataType)> {
        self.inner.activation_types()
    }
}
