//! The delegate that runs nodes one after the other with the reference kernels.

use std::sync::Arc;

use demilite_core::{
    CompileError, Compiled, Delegate, NodeContext, OpError, Partition, Reject, Shape, State,
};
use demilite_executor::{CustomKernel, KernelLibrary, Program, supports};

use crate::library::ReferenceKernels;

/// Runs whatever has a reference kernel, one node after the other on one thread.
///
/// Its name is `reference`. Integers come out as from LiteRT's reference kernels, byte for byte.
/// Of the ops outside the schema it runs those that [`ReferenceDelegate::with_custom_op`] adds.
#[derive(Debug, Clone, Default)]
pub struct ReferenceDelegate {
    kernels: Arc<ReferenceKernels>,
}

/// The delegate's name.
const NAME: &str = "reference";

impl ReferenceDelegate {
    /// A delegate that runs the builtin operators, and no custom ops.
    pub fn new() -> Self {
        ReferenceDelegate::default()
    }

    /// The same delegate, which runs custom ops of the name that `kernel` says with it, instead of
    /// what it ran them with before.
    pub fn with_custom_op(mut self, kernel: Arc<dyn CustomKernel>) -> Self {
        Arc::make_mut(&mut self.kernels).custom_ops.register(kernel);
        self
    }

    /// The names of the custom ops that it runs, sorted.
    pub fn custom_op_names(&self) -> impl Iterator<Item = &str> {
        self.kernels.custom_ops.names()
    }
}

impl Delegate for ReferenceDelegate {
    fn name(&self) -> &str {
        NAME
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        supports(&*self.kernels, node)
    }

    fn custom_output_shapes(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        self.kernels.output_shapes(node, &State::default())
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        let kernels = Arc::clone(&self.kernels) as Arc<dyn KernelLibrary>;
        Ok(Program::compile(NAME, kernels, partition)?)
    }
}
