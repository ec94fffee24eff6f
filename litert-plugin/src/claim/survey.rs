//! Delegates that are asked which nodes they take, and compile none of them.

use std::sync::Arc;

use demilite::{
    CompileError, Compiled, Delegate, Executable, Io, NodeContext, OpError, Partition, Reject,
    RunError, Shape,
};

/// Answers as another delegate does.
pub(super) struct Asked(pub(super) Arc<dyn Delegate>);

impl Delegate for Asked {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        self.0.supports(node)
    }

    fn custom_output_shapes(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        self.0.custom_output_shapes(node)
    }

    fn compile(&self, _: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        Ok(Arc::new(NotRun))
    }
}

/// Stands for LiteRT, which takes whatever is left. What follows from shapes and constants is worked out by a delegate of demilite's.
pub(super) struct LiteRt(pub(super) Arc<dyn Delegate>);

impl Delegate for LiteRt {
    fn name(&self) -> &str {
        "LiteRT"
    }

    fn supports(&self, _: &NodeContext<'_>) -> Result<(), Reject> {
        Ok(())
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        // Only what needs no input is worked out ahead.
        if !partition.inputs().is_empty() {
            return Ok(Arc::new(NotRun));
        }
        let compiled = self.0.compile(partition);
        Ok(compiled.unwrap_or_else(|_| Arc::new(NotRun)))
    }
}

/// A partition that is planned and not run.
#[derive(Clone)]
struct NotRun;

impl Executable for NotRun {
    fn invoke(&mut self, _: &mut Io<'_>) -> Result<(), RunError> {
        Err(RunError::NoSuch {
            what: "output",
            index: 0,
            count: 0,
        })
    }
}
