//! Resource variables whose values stay on the device from one invocation to the next.

use std::error::Error;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use demilite_core::{DataType, DeviceVariable, NodeId, OpError, Shape, State, Value};

use super::buffer::{create, fed_storage, storage_bytes};
use super::read_back::read_back;
use crate::device::Device;
use crate::error::GpuError;

/// A variable's value on the device, with the elements that a host tensor has.
struct VariableBuffer {
    device: Arc<Device>,
    buffer: wgpu::Buffer,
    dtype: DataType,
    shape: Shape,
}

impl VariableBuffer {
    /// Memory for a value of a type that [`fed_storage`] knows.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`].
    fn new(device: Arc<Device>, dtype: DataType, shape: Shape) -> Result<Self, GpuError> {
        let bytes = fed_storage(dtype).map_or(0, |(element, count)| {
            storage_bytes(shape.elements() * count, element)
        });
        let usage = wgpu::BufferUsages::STORAGE
            | wgpu::BufferUsages::COPY_SRC
            | wgpu::BufferUsages::COPY_DST;
        let buffer = create(&device, "a resource variable", bytes, usage)?;
        Ok(VariableBuffer {
            device,
            buffer,
            dtype,
            shape,
        })
    }

    fn holds(&self, dtype: DataType, shape: &Shape) -> bool {
        self.dtype == dtype && self.shape == *shape
    }

    fn upload(&self, value: &Value) -> Result<(), GpuError> {
        let mut bytes = value.bytes().to_vec();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        let queue = &self.device.queue;
        self.device.guarded("a resource variable", || {
            queue.write_buffer(&self.buffer, 0, &bytes);
        })
    }
}

impl Debug for VariableBuffer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("VariableBuffer")
            .field("dtype", &self.dtype)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

impl DeviceVariable for VariableBuffer {
    fn dtype(&self) -> DataType {
        self.dtype
    }

    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn download(&self) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let mut value = Value::zeros(self.dtype, self.shape.clone())?;
        let device = &self.device;
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let size = self.buffer.size();
        let staging = create(device, "a resource variable's staging buffer", size, usage)?;
        device.guarded("reading a resource variable", || {
            let mut encoder = device.handle.create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(&self.buffer, 0, &staging, 0, size);
            device.queue.submit([encoder.finish()])
        })?;
        read_back(device, &staging, |bytes| {
            let target = value.bytes_mut();
            target.copy_from_slice(&bytes[..target.len()]);
        })?;
        Ok(value)
    }
}

/// A variable that a partition reads before it assigns it, assigns, or both.
#[derive(Clone)]
pub(crate) struct VariableUse {
    pub(crate) name: String,
    /// A type that [`fed_storage`] knows.
    pub(crate) dtype: DataType,
    pub(crate) shape: Shape,
    /// The node that reads it before any assigns it.
    pub(crate) reader: Option<NodeId>,
}

impl VariableUse {
    /// Whether it is the variable of this name with values of this type and shape.
    pub(crate) fn is(&self, name: &str, dtype: DataType, shape: &Shape) -> bool {
        self.name == name && self.dtype == dtype && self.shape == *shape
    }
}

/// Such a variable with its memory.
pub(crate) struct Variable {
    name: String,
    value: Arc<VariableBuffer>,
    reader: Option<NodeId>,
}

/// Why a variable could not be made ready.
pub(crate) enum VariableError {
    /// The node that reads it, and what it breaks.
    Node(NodeId, OpError),
    /// The device.
    Device(GpuError),
}

impl Variable {
    /// Makes memory for a variable.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`].
    pub(crate) fn new(device: &Arc<Device>, used: &VariableUse) -> Result<Self, GpuError> {
        let (device, shape) = (Arc::clone(device), used.shape.clone());
        Ok(Variable {
            name: used.name.clone(),
            value: Arc::new(VariableBuffer::new(device, used.dtype, shape)?),
            reader: used.reader,
        })
    }

    /// Where the value lies.
    pub(crate) fn buffer(&self) -> &wgpu::Buffer {
        &self.value.buffer
    }

    /// Has the device hold the value of `state`, where it does not yet and the partition reads it.
    pub(crate) fn prepare(&self, state: &mut State) -> Result<(), VariableError> {
        let Some(node) = self.reader else {
            return Ok(());
        };
        let fail = |error: OpError| VariableError::Node(node, error);
        let (name, value) = (&self.name, &self.value);
        let Some((dtype, shape)) = state.resource_type(name) else {
            let rule = format!("the variable {name:?} is read before it is assigned");
            return Err(fail(OpError::rule(rule)));
        };
        if !value.holds(dtype, shape) {
            let rule = mismatch(name, (dtype, shape), value.dtype, &value.shape);
            return Err(fail(OpError::rule(rule)));
        }
        let is_here = |held: &Arc<dyn DeviceVariable>| {
            std::ptr::addr_eq(Arc::as_ptr(held), Arc::as_ptr(value))
        };
        if state.device_resource(name).is_some_and(is_here) {
            return Ok(());
        }
        if let Some(held) = state.resource(name).map_err(fail)? {
            value.upload(held).map_err(VariableError::Device)?;
        }
        Ok(())
    }

    /// Notes in `state`, after an invocation, that the device holds the value. Until then it stays on the host, where other
    /// delegates find it if the device fails.
    pub(crate) fn note(&self, state: &mut State) {
        // One that is assigned with another type or shape than it was read with stands behind the one that was read.
        let value = Arc::clone(&self.value) as Arc<dyn DeviceVariable>;
        state.keep_on_device(&self.name, value);
    }
}

/// That a variable is read as what it is not.
pub(crate) fn mismatch(
    name: &str,
    held: (DataType, &Shape),
    dtype: DataType,
    shape: &Shape,
) -> String {
    let (held_dtype, held_shape) = held;
    format!(
        "the variable {name:?} holds {held_dtype} of shape {held_shape} where {dtype} of shape {shape} is read"
    )
}
