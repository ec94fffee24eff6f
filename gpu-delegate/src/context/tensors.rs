//! Tensors in buffers that a caller shares with a session.

use demilite_core::{Tensor, Value, View, Work};

use super::GpuContext;
use crate::error::GpuError;
use crate::memory::buffer::{fed_storage, storage_bytes};
use crate::memory::read_back::Mapping;

/// What a shared buffer is used for.
const USAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE
    .union(wgpu::BufferUsages::COPY_DST)
    .union(wgpu::BufferUsages::COPY_SRC);

impl GpuContext {
    /// A buffer for [`GpuDelegate::with_buffer`](crate::GpuDelegate::with_buffer) that holds this tensor, of the shape that it has in
    /// the file.
    ///
    /// # Errors
    /// [`GpuError::Rejected`] for a type that the device does not hold, [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`].
    pub fn buffer_for(&self, tensor: &Tensor) -> Result<wgpu::Buffer, GpuError> {
        let name = format!("a buffer for {:?}", tensor.name);
        let Some((element, count)) = fed_storage(tensor.dtype) else {
            let reason = format!("the device holds no {}", tensor.dtype);
            return Err(self.device.rejected(&name, reason));
        };
        let size = storage_bytes(tensor.shape.elements() * count, element);
        self.new_buffer(&name, size, USAGE)
    }

    /// Copies a tensor to the start of a buffer, before whatever is submitted afterwards.
    ///
    /// # Errors
    /// [`GpuError::Rejected`] for a buffer that is too small or is not [`wgpu::BufferUsages::COPY_DST`], [`GpuError::DeviceLost`].
    pub fn write(&self, buffer: &wgpu::Buffer, value: View<'_>) -> Result<(), GpuError> {
        let mut bytes = value.bytes().to_vec();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        self.device.guarded("a copy to a buffer", || {
            self.queue().write_buffer(buffer, 0, &bytes);
        })
    }

    /// The tensor at the start of a buffer, after whatever was submitted before.
    ///
    /// # Errors
    /// [`GpuError::Rejected`] for a buffer that is too small or is not [`wgpu::BufferUsages::COPY_SRC`], [`GpuError::OutOfMemory`],
    /// [`GpuError::TimedOut`], [`GpuError::DeviceLost`].
    pub fn read(&self, buffer: &wgpu::Buffer, tensor: &Tensor) -> Result<Value, GpuError> {
        let what = "a copy from a buffer";
        let rejected = |message: String| self.device.rejected(what, message);
        let mut value = Value::zeros(tensor.dtype, tensor.shape.clone())
            .map_err(|error| rejected(error.to_string()))?;
        let length = value.bytes().len();
        let size = length.next_multiple_of(4) as u64;
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let staging = self.new_buffer(what, size.max(4), usage)?;
        let submission = self.device.guarded(what, || {
            let mut encoder = self.device().create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, size);
            self.queue().submit([encoder.finish()])
        })?;
        let mapping = Mapping::begin(&self.device, &staging, wgpu::MapMode::Read)?;
        let limit = self.device.time_limit(Work::default());
        self.device.wait(submission, limit)?;
        mapping.finish(&self.device, &staging, |bytes| {
            value.bytes_mut().copy_from_slice(&bytes[..length]);
        })?;
        Ok(value)
    }

    fn new_buffer(
        &self,
        what: &str,
        size: u64,
        usage: wgpu::BufferUsages,
    ) -> Result<wgpu::Buffer, GpuError> {
        self.device.guarded(what, || {
            self.device().create_buffer(&wgpu::BufferDescriptor {
                label: Some(what),
                size,
                usage,
                mapped_at_creation: false,
            })
        })
    }
}
