//! Inputs from the host to the device.

use super::buffer::WORD;
use super::read_back::Mapping;
use crate::device::Device;
use crate::error::GpuError;

/// Who has a staging buffer.
enum Holder {
    /// The host, which may write it.
    Host,
    /// The device, until the mapping is done.
    Device(Mapping),
    /// Nobody: what it was written for was never submitted.
    Nobody,
}

/// A buffer that the host writes the inputs of an invocation to.
struct Staging {
    buffer: wgpu::Buffer,
    holder: Holder,
}

/// The inputs of a program: where they lie on the device, and the buffers that they go there by, each used again. There are as many
/// of those as invocations were ever under way at once.
pub(crate) struct Uploads {
    inputs: Vec<wgpu::Buffer>,
    staging: Vec<Staging>,
}

/// The place of a staging buffer that a submission reads, if there is one.
#[must_use = "the buffer is given back once the submission is made"]
pub(crate) struct Lent(Option<usize>);

impl Uploads {
    pub(crate) fn new(inputs: Vec<wgpu::Buffer>) -> Self {
        Uploads {
            inputs,
            staging: Vec::new(),
        }
    }

    /// Stages `inputs`, and records their copies to the device. `is_alone` says that no other invocation is under way.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`], [`GpuError::TimedOut`], [`GpuError::Rejected`].
    pub(crate) fn record(
        &mut self,
        device: &Device,
        encoder: &mut wgpu::CommandEncoder,
        inputs: &[&[u8]],
        is_alone: bool,
    ) -> Result<Lent, GpuError> {
        if self.inputs.is_empty() {
            return Ok(Lent(None));
        }
        let place = self.free(device, is_alone)?;
        let Staging { buffer, holder } = &mut self.staging[place];
        *holder = Holder::Nobody;
        let mut view = buffer
            .slice(..)
            .get_mapped_range_mut()
            .map_err(|error| device.rejected("writing the inputs", error.to_string()))?;
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
        Ok(Lent(Some(place)))
    }

    /// Has the device give a buffer back, once it has run what was submitted so far.
    ///
    /// # Errors
    /// [`GpuError::DeviceLost`], [`GpuError::Rejected`].
    pub(crate) fn give_back(&mut self, device: &Device, Lent(place): Lent) -> Result<(), GpuError> {
        if let Some(Staging { buffer, holder }) = place.map(|place| &mut self.staging[place]) {
            let mapping = Mapping::begin(device, buffer, wgpu::MapMode::Write)?;
            *holder = Holder::Device(mapping);
        }
        Ok(())
    }

    /// The place of a buffer that the host may write: one that is back, or another.
    fn free(&mut self, device: &Device, is_alone: bool) -> Result<usize, GpuError> {
        self.staging
            .retain(|staging| !matches!(staging.holder, Holder::Nobody));
        for (place, staging) in self.staging.iter().enumerate() {
            match &staging.holder {
                Holder::Host => return Ok(place),
                Holder::Device(mapping) if is_alone => {
                    mapping.wait(device)?;
                    return Ok(place);
                }
                Holder::Device(mapping) if mapping.is_done() => return Ok(place),
                Holder::Device(_) | Holder::Nobody => {}
            }
        }
        let what = "the inputs' staging buffer";
        let buffer = device.guarded(what, || {
            device.handle.create_buffer(&wgpu::BufferDescriptor {
                label: Some(what),
                size: self.inputs.iter().map(wgpu::Buffer::size).sum(),
                usage: wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: true,
            })
        })?;
        self.staging.push(Staging {
            buffer,
            holder: Holder::Host,
        });
        Ok(self.staging.len() - 1)
    }
}
