//! Staging buffers that are mapped, and bytes from the device to the host.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use demilite_core::Work;

use crate::device::Device;
use crate::error::GpuError;

/// How long a device may be silent before it is asked whether it is there.
const SILENCE: Duration = Duration::from_millis(100);

/// A staging buffer that is being mapped.
pub(crate) struct Mapping(mpsc::Receiver<Result<(), wgpu::BufferAsyncError>>);

impl Mapping {
    /// Asks for `staging` to be mapped once the submissions before this call have ended.
    ///
    /// # Errors
    /// [`GpuError::DeviceLost`], [`GpuError::Rejected`].
    pub(crate) fn begin(
        device: &Device,
        staging: &wgpu::Buffer,
        mode: wgpu::MapMode,
    ) -> Result<Self, GpuError> {
        let (sender, receiver) = mpsc::channel();
        device.guarded("mapping a staging buffer", || {
            staging.map_async(mode, .., move |result| {
                // The receiver is gone only if the wait failed, which is an error of its own.
                let _ = sender.send(result);
            });
        })?;
        Ok(Mapping(receiver))
    }

    /// Hands the bytes of `staging`, the buffer that the mapping began with, to `read`, after the submission has been waited
    /// for.
    ///
    /// # Errors
    /// [`GpuError::TimedOut`], after which the mapping goes on; [`GpuError::DeviceLost`], [`GpuError::Rejected`].
    pub(crate) fn finish(
        &self,
        device: &Device,
        staging: &wgpu::Buffer,
        read: impl FnOnce(&[u8]),
    ) -> Result<(), GpuError> {
        let rejected = |message| device.rejected("reading back", message);
        self.wait(device)?;
        let view = staging.slice(..).get_mapped_range();
        let result = view.map(|view| read(&view));
        device.guarded("reading back", || staging.unmap())?;
        result.map_err(|error| rejected(error.to_string()))
    }

    /// Whether the host may reach the buffer.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.0.try_recv(), Ok(Ok(())))
    }

    /// Waits until the host may reach the buffer, which no submission uses any more.
    ///
    /// # Errors
    /// [`GpuError::TimedOut`], after which the mapping goes on; [`GpuError::DeviceLost`], [`GpuError::Rejected`].
    pub(crate) fn wait(&self, device: &Device) -> Result<(), GpuError> {
        let rejected = |message| device.rejected("mapping a staging buffer", message);
        self.answered(device)?
            .map_err(|error| rejected(error.to_string()))
    }

    /// A thread that waits for another submission of this device may be the one that calls back, a little later; a device that is
    /// lost may not call back at all.
    fn answered(&self, device: &Device) -> Result<Result<(), wgpu::BufferAsyncError>, GpuError> {
        let limit = device.time_limit(Work::default());
        let started = Instant::now();
        loop {
            let left = limit.saturating_sub(started.elapsed());
            let asked = Instant::now();
            let answer = self.0.recv_timeout(left.min(SILENCE));
            device.health.count_wait(asked);
            match answer {
                Ok(result) => return Ok(result),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(device.rejected("reading back", "no answer".to_owned()));
                }
                Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                    return Err(GpuError::TimedOut { limit });
                }
                Err(RecvTimeoutError::Timeout) => device.expect_answer()?,
            }
        }
    }
}

/// Hands the bytes of `staging`, whose submission has ended, to `read`.
///
/// # Errors
/// [`GpuError::TimedOut`], [`GpuError::DeviceLost`], [`GpuError::Rejected`].
pub(crate) fn read_back(
    device: &Device,
    staging: &wgpu::Buffer,
    read: impl FnOnce(&[u8]),
) -> Result<(), GpuError> {
    let mapping = Mapping::begin(device, staging, wgpu::MapMode::Read)?;
    let submission = device.guarded("reading back", || device.queue.submit([]))?;
    device.wait(submission, device.time_limit(Work::default()))?;
    mapping.finish(device, staging, read)
}
