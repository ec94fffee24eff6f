//! Watches over dispatches, for tests: rubbish in what they write before they do, and bytes behind it that must not change.

use demilite_core::NodeId;

use super::{Step, record};
use crate::device::Device;
use crate::error::GpuError;
use crate::memory::buffer::{create, host_length, upload};
use crate::memory::read_back::read_back;

/// Bytes behind a tensor that a kernel could reach, and must not change. What a kernel may write is its output up to the end of
/// its last four elements ([`crate::memory::buffer::storage_bytes`]).
pub(crate) const GUARD_BYTES: u64 = 1024;

/// What the bytes are in one invocation and in the next, in turn: as floats a NaN and a number near the largest.
const RUBBISH: [u8; 2] = [0xff, 0x7f];

/// What lies behind the contents of inputs and constants from the start: as floats a NaN.
pub(crate) const BEHIND_CONTENTS: u8 = RUBBISH[0];

/// What a dispatch writes.
pub(super) struct Band {
    pub(super) kernel: &'static str,
    /// The output, with its size; `None` where it lies in a buffer of the caller.
    pub(super) output: Option<(wgpu::Buffer, u64)>,
    /// Whether no dispatch before it writes the tensor.
    pub(super) is_first: bool,
}

/// The guard bytes of a program, one band a dispatch.
pub(super) struct GuardBands {
    bands: Vec<Band>,
    /// Buffers of rubbish, as long as the longest output with its guard bytes.
    rubbish: [wgpu::Buffer; 2],
    /// The guard bytes after each dispatch.
    staging: wgpu::Buffer,
    invocations: usize,
}

impl GuardBands {
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`].
    pub(super) fn new(device: &Device, bands: Vec<Band>) -> Result<Self, GpuError> {
        let outputs = bands.iter().filter_map(|band| band.output.as_ref());
        let longest = outputs.map(|(_, bytes)| bytes + GUARD_BYTES).max();
        let longest = longest.unwrap_or(GUARD_BYTES);
        let rubbish = |byte| {
            let contents = vec![byte; host_length(longest)];
            let usage = wgpu::BufferUsages::COPY_SRC;
            upload(device, "rubbish", &contents, longest, usage)
        };
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let bytes = bands.len().max(1) as u64 * GUARD_BYTES;
        Ok(GuardBands {
            rubbish: [rubbish(RUBBISH[0])?, rubbish(RUBBISH[1])?],
            staging: create(device, "guard bytes", bytes, usage)?,
            bands,
            invocations: 0,
        })
    }

    /// Records `steps`, each after its output is rubbish and before its guard bytes are kept.
    pub(super) fn record(&mut self, encoder: &mut wgpu::CommandEncoder, steps: &[Step]) {
        self.invocations += 1;
        let rubbish = &self.rubbish[self.invocations % RUBBISH.len()];
        for (at, (step, band)) in steps.iter().zip(&self.bands).enumerate() {
            if let Some((buffer, bytes)) = &band.output
                && band.is_first
            {
                encoder.copy_buffer_to_buffer(rubbish, 0, buffer, 0, bytes + GUARD_BYTES);
            }
            record(encoder, std::slice::from_ref(step));
            if let Some((buffer, bytes)) = &band.output {
                let kept = at as u64 * GUARD_BYTES;
                encoder.copy_buffer_to_buffer(buffer, *bytes, &self.staging, kept, GUARD_BYTES);
            }
        }
    }

    /// Checks the guard bytes after the last invocation, which has ended.
    ///
    /// # Errors
    /// [`GpuError::OutOfBounds`], and those of [`read_back`].
    pub(super) fn check(&self, device: &Device, steps: &[Step]) -> Result<(), GpuError> {
        let rubbish = RUBBISH[self.invocations % RUBBISH.len()];
        let mut changed: Option<(&'static str, Option<NodeId>, usize)> = None;
        read_back(device, &self.staging, |kept| {
            let kept = kept.chunks_exact(host_length(GUARD_BYTES));
            changed = (self.bands.iter().zip(steps).zip(kept))
                .filter(|((band, _), _)| band.output.is_some())
                .find_map(|((band, step), kept)| {
                    let byte = kept.iter().position(|&byte| byte != rubbish)?;
                    Some((band.kernel, step.node, byte))
                });
        })?;
        match changed {
            None => Ok(()),
            Some((kernel, node, byte)) => Err(GpuError::OutOfBounds { kernel, node, byte }),
        }
    }
}
