//! The delegate: which nodes it takes, and how it prepares them.

use std::sync::Arc;

use demilite_core::{CompileError, Delegate, Executable, NodeContext, Partition, Reject};

use crate::context::{GpuContext, GpuOptions};
use crate::error::GpuError;
use crate::executable::GpuExecutable;
use crate::op;

/// The name that plans and messages show.
pub(crate) const NAME: &str = "gpu";

/// Runs models on a GPU: nodes whose tensors are float32, with weights that are float32 or float16 constants, and nodes whose
/// tensors are int8, uint8 or int16, with weights that are int8 or uint8 constants.
pub struct GpuDelegate {
    context: Arc<GpuContext>,
}

impl GpuDelegate {
    /// Opens a device for a delegate of its own.
    ///
    /// # Errors
    /// Those of [`GpuContext::open`].
    pub fn open(options: GpuOptions) -> Result<Self, GpuError> {
        Ok(Self::new(GpuContext::open(options)?))
    }

    /// A delegate on a device that others may use too.
    #[must_use]
    pub fn new(context: Arc<GpuContext>) -> Self {
        GpuDelegate { context }
    }

    /// The device.
    #[must_use]
    pub fn context(&self) -> &Arc<GpuContext> {
        &self.context
    }
}

impl Delegate for GpuDelegate {
    fn name(&self) -> &str {
        NAME
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        op::supports(node, &self.context)
    }

    fn compile(&self, partition: &Partition<'_>) -> Result<Box<dyn Executable>, CompileError> {
        Ok(Box::new(GpuExecutable::compile(
            self.context.clone(),
            partition,
        )?))
    }
}
