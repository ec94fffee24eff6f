//! Inputs from the host to the device.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::WORD;
use crate::context::GpuContext;
use crate::error::GpuError;

/// A buffer that the host writes the inputs of an invocation to.
struct Staging {
    buffer: wgpu::Buffer,
    /// Whether the host may write; else an invocation has it.
    is_mapped: Arc<AtomicBool>,
}

/// The inputs of a program: where they lie on the device, and the buffers that they go there by. There are as many of those as
/// invocations were ever under way at once, and each is used again.
pub(super) struct Uploads {
    inputs: Vec<wgpu::Buffer>,
    staging: Vec<Staging>,
}

/// A staging buffer that a submission reads.
#[must_use = "the buffer is lost unless it is given back once the submission is made"]
pub(super) struct Lent(Option<usize>);

impl Uploads {
    pub(super) fn new(inputs: Vec<wgpu::Buffer>) -> Self {
        Uploads {
            inputs,
            staging: Vec::new(),
        }
    }

    /// Stages `inputs`, and records their copies to the device.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`], [`GpuError::Rejected`].
    pub(super) fn record(
        &mut self,
        context: &GpuContext,
        encoder: &mut wgpu::CommandEncoder,
        inputs: &[&[u8]],
    ) -> Result<Lent, GpuError> {
        if self.inputs.is_empty() {
            return Ok(Lent(None));
        }
        let place = self.free(context)?;
        let buffer = &self.staging[place].buffer;
        let view = buffer.slice(..).get_mapped_range_mut();
        let mut view =
            view.map_err(|error| context.rejected("writing the inputs", error.to_string()))?;
        let mut offset = 0;
        for (target, bytes) in self.inputs.iter().zip(inputs) {
            view.slice(offset..offset + bytes.len())
                .copy_from_slice(bytes);
            let copied = bytes.len().next_multiple_of(WORD);
            encoder.copy_buffer_to_buffer(buffer, offset as u64, target, 0, copied as u64);
            offset += copied;
        }
        drop(view);
        buffer.unmap();
        self.staging[place]
            .is_mapped
            .store(false, Ordering::Relaxed);
        Ok(Lent(Some(place)))
    }

    /// Has the device give a buffer back, once it has run what was submitted so far.
    pub(super) fn give_back(&self, Lent(place): Lent) {
        let Some(place) = place else { return };
        let Staging { buffer, is_mapped } = &self.staging[place];
        let is_mapped = Arc::clone(is_mapped);
        buffer.map_async(wgpu::MapMode::Write, .., move |result| {
            is_mapped.store(result.is_ok(), Ordering::Release);
        });
    }

    /// A buffer that the host may write: one that is back, or another.
    fn free(&mut self, context: &GpuContext) -> Result<usize, GpuError> {
        let is_back = |staging: &Staging| staging.is_mapped.load(Ordering::Acquire);
        if let Some(place) = self.staging.iter().position(is_back) {
            return Ok(place);
        }
        let what = "the inputs' staging buffer";
        let buffer = context.guarded(what, || {
            context.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(what),
                size: self.inputs.iter().map(wgpu::Buffer::size).sum(),
                usage: wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: true,
            })
        })?;
        self.staging.push(Staging {
            buffer,
            is_mapped: Arc::new(AtomicBool::new(true)),
        });
        Ok(self.staging.len() - 1)
    }
}
