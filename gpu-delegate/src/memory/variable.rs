//! Resource variables whose values stay on the device from one invocation to the next.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use demilite_core::{DataType, DeviceVariable, NodeId, OpError, Shape, State, Value};

use super::buffer::{create, fed_storage, storage_bytes};
use super::read_back::read_back;
use crate::device::context::GpuContext;
use crate::error::GpuError;
use crate::program::Storage;

/// A variable's value on the device, with the elements that a host tensor has.
pub(crate) struct VariableBuffer {
    context: Arc<GpuContext>,
    buffer: wgpu::Buffer,
    dtype: DataType,
    shape: Shape,
}

impl VariableBuffer {
    /// Memory for a value of a type that [`fed_storage`] knows.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`].
    fn new(context: Arc<GpuContext>, dtype: DataType, shape: Shape) -> Result<Self, GpuError> {
        let bytes = fed_storage(dtype).map_or(0, |(element, count)| {
            storage_bytes(shape.elements() * count, element)
        });
        let usage = wgpu::BufferUsages::STORAGE
            | wgpu::BufferUsages::COPY_SRC
            | wgpu::BufferUsages::COPY_DST;
        let buffer = create(&context, "a resource variable", bytes, usage)?;
        Ok(VariableBuffer {
            context,
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
        let queue = &self.context.queue;
        self.context.guarded("a resource variable", || {
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
        let context = &self.context;
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let size = self.buffer.size();
        let staging = create(context, "a resource variable's staging buffer", size, usage)?;
        context.guarded("reading a resource variable", || {
            let mut encoder = context.device.create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(&self.buffer, 0, &staging, 0, size);
            context.queue.submit([encoder.finish()])
        })?;
        read_back(context, &staging, |bytes| {
            let target = value.bytes_mut();
            target.copy_from_slice(&bytes[..target.len()]);
        })?;
        Ok(value)
    }
}

/// A variable that a partition reads before it assigns it, assigns, or both.
pub(crate) struct Variable {
    name: String,
    value: Arc<VariableBuffer>,
    /// The node that reads it before any assigns it.
    reader: Option<NodeId>,
}

/// Where a value lies at the end of an invocation, and the buffer that keeps it for the next.
pub(crate) type Kept = (Storage, wgpu::Buffer);

/// What a variable holds at a point of the program.
#[derive(Clone)]
struct Held {
    storage: Storage,
    dtype: DataType,
    shape: Shape,
}

/// The variables of a partition while its nodes are lowered one after the other.
#[derive(Default)]
pub(crate) struct Variables {
    all: Vec<Variable>,
    held: HashMap<String, Held>,
    assigned: Vec<String>,
}

impl Variables {
    /// Where the value of a variable lies that was read or assigned before; an error where it is of another type or shape.
    pub(crate) fn held(
        &self,
        name: &str,
        dtype: DataType,
        shape: &Shape,
    ) -> Result<Option<Storage>, String> {
        let Some(held) = self.held.get(name) else {
            return Ok(None);
        };
        if held.dtype == dtype && held.shape == *shape {
            return Ok(Some(held.storage));
        }
        Err(mismatch(name, (held.dtype, &held.shape), dtype, shape))
    }

    /// Makes memory for a variable that `reader` reads first; the caller says where it lies with [`Variables::hold`].
    pub(crate) fn read(
        &mut self,
        context: Arc<GpuContext>,
        reader: NodeId,
        name: &str,
        dtype: DataType,
        shape: &Shape,
    ) -> Result<&wgpu::Buffer, GpuError> {
        let value = VariableBuffer::new(context, dtype, shape.clone())?;
        self.all.push(Variable {
            name: name.to_owned(),
            value: Arc::new(value),
            reader: Some(reader),
        });
        Ok(&self.all[self.all.len() - 1].value.buffer)
    }

    /// From here on a variable holds what lies at `storage`.
    pub(crate) fn hold(&mut self, name: &str, storage: Storage, dtype: DataType, shape: &Shape) {
        let held = Held {
            storage,
            dtype,
            shape: shape.clone(),
        };
        self.held.insert(name.to_owned(), held);
    }

    /// [`Variables::hold`], by an assignment.
    pub(crate) fn assign(&mut self, name: &str, storage: Storage, dtype: DataType, shape: &Shape) {
        self.hold(name, storage, dtype, shape);
        if !self.assigned.iter().any(|assigned| assigned == name) {
            self.assigned.push(name.to_owned());
        }
    }

    /// All variables, and for those that are assigned where their values lie at the end.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`].
    pub(crate) fn finish(
        mut self,
        context: &Arc<GpuContext>,
    ) -> Result<(Vec<Variable>, Vec<Kept>), GpuError> {
        let mut kept = Vec::new();
        for name in &self.assigned {
            let held = &self.held[name];
            let fits =
                |each: &&Variable| each.name == *name && each.value.holds(held.dtype, &held.shape);
            let buffer = match self.all.iter().find(fits) {
                Some(variable) => variable.value.buffer.clone(),
                None => {
                    let (dtype, shape) = (held.dtype, held.shape.clone());
                    let value = VariableBuffer::new(Arc::clone(context), dtype, shape)?;
                    let buffer = value.buffer.clone();
                    self.all.push(Variable {
                        name: name.clone(),
                        value: Arc::new(value),
                        reader: None,
                    });
                    buffer
                }
            };
            kept.push((held.storage, buffer));
        }
        Ok((self.all, kept))
    }
}

/// Why a variable could not be made ready.
pub(crate) enum VariableError {
    /// The node that reads it, and what it breaks.
    Node(NodeId, OpError),
    /// The device.
    Device(GpuError),
}

impl Variable {
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

fn mismatch(name: &str, held: (DataType, &Shape), dtype: DataType, shape: &Shape) -> String {
    let (held_dtype, held_shape) = held;
    format!(
        "the variable {name:?} holds {held_dtype} of shape {held_shape} where {dtype} of shape {shape} is read"
    )
}
