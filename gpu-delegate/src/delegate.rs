//! The delegate: which nodes it takes, and how it prepares them.

use std::sync::Arc;

use demilite_core::{
    CompileError, Compiled, DataType, Delegate, NodeContext, Partition, Reject, Shape, TensorId,
};

use crate::context::GpuContext;
use crate::error::GpuError;
use crate::memory::buffer::{fed_storage, storage_bytes};
use crate::memory::shared_buffer::SharedBuffers;
use crate::op;
use crate::options::GpuOptions;
use crate::partition::{CompiledPartition, NAME};

/// Runs models on a GPU: nodes whose tensors are float32, with weights that are float32, float16 or integer constants, elementwise
/// nodes whose tensors are float16, and nodes whose tensors are int8, uint8 or int16, with weights that are constants of at most 8
/// bits.
///
/// ```
/// use std::sync::Arc;
///
/// use demilite_core::{Model, Session};
/// use demilite_gpu::{GpuDelegate, GpuError, GpuOptions};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gpu = match GpuDelegate::open(GpuOptions::default()) {
///     Err(GpuError::NoAdapter) => return Ok(()),
///     opened => opened?,
/// };
/// let model = Model::from_static(demilite_models::shapes::F16, "shapes")?;
/// let mut session = Session::builder(Arc::new(model)).delegate(Arc::new(gpu)).build()?;
/// let scores = session.run(&[session.input_zeros(0)?])?;
/// assert_eq!(scores[0].as_slice::<f32>()?.len(), 10);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct GpuDelegate {
    context: Arc<GpuContext>,
    shared: SharedBuffers,
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
        GpuDelegate {
            context,
            shared: SharedBuffers::new(),
        }
    }

    /// Has sessions on this delegate read an input of graph `graph_index` from `buffer`, or write an output to it, without a
    /// copy to or from the host; [`demilite_core::Session::run`] then neither takes nor gives the tensor. Each session wants a
    /// delegate of its own; those of one [`GpuContext`] share its pipelines.
    ///
    /// The buffer is one of the context's device, has at least [`GpuDelegate::buffer_bytes`] with the elements from its start
    /// in the order and the type of a [`demilite_core::Value`], what follows them being of no meaning, and
    /// [`wgpu::BufferUsages::STORAGE`]; an output that is a constant or another tensor's second name also takes
    /// [`wgpu::BufferUsages::COPY_DST`]. What the caller submitted to the context's queue before an invocation, the
    /// invocation sees; what comes after it sees the outputs. An invocation with nothing to read back does not wait for
    /// the device.
    #[must_use]
    pub fn with_buffer(
        mut self,
        graph_index: usize,
        tensor: TensorId,
        buffer: wgpu::Buffer,
    ) -> Self {
        self.shared.insert((graph_index, tensor), buffer);
        self
    }

    /// The bytes that a buffer for [`GpuDelegate::with_buffer`] has at least; none for a type that the device does not hold.
    #[must_use]
    pub fn buffer_bytes(dtype: DataType, shape: &Shape) -> Option<u64> {
        let (element, count) = fed_storage(dtype)?;
        Some(storage_bytes(shape.elements() * count, element))
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
        op::plan(node, self.context.inner()).map(drop)
    }

    fn holds(&self, graph_index: usize, tensor: TensorId) -> bool {
        self.shared.contains_key(&(graph_index, tensor))
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        Ok(Arc::new(CompiledPartition::new(
            Arc::clone(self.context.inner()),
            partition,
            &self.shared,
        )?))
    }
}
