//! Bytes from the device to the host.

use std::sync::mpsc;

use crate::context::GpuContext;
use crate::error::GpuError;

/// A staging buffer that is being mapped.
pub(crate) struct Mapping(mpsc::Receiver<Result<(), wgpu::BufferAsyncError>>);

impl Mapping {
    /// Asks for `staging` to be mapped once the submissions before this call have ended.
    pub(crate) fn begin(staging: &wgpu::Buffer) -> Self {
        let (sender, receiver) = mpsc::channel();
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver is gone only if the wait failed, which is an error of its own.
            let _ = sender.send(result);
        });
        Mapping(receiver)
    }

    /// Hands the bytes of `staging`, the buffer that the mapping began with, to `read`, after the submission has been waited
    /// for.
    ///
    /// # Errors
    /// [`GpuError::TimedOut`], [`GpuError::Rejected`].
    pub(crate) fn finish(
        self,
        context: &GpuContext,
        staging: &wgpu::Buffer,
        read: impl FnOnce(&[u8]),
    ) -> Result<(), GpuError> {
        let rejected = |message: String| GpuError::Rejected {
            what: "reading back".to_owned(),
            message,
        };
        // A thread that waits for another submission of this device may be the one that calls back, a little later.
        let limit = context.options().timeout;
        match self.0.recv_timeout(limit) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(rejected(error.to_string())),
            Err(_) => return Err(GpuError::TimedOut { limit }),
        }
        let view = staging.slice(..).get_mapped_range();
        let result = view.map(|view| read(&view));
        staging.unmap();
        result.map_err(|error| rejected(error.to_string()))
    }
}

/// Hands the bytes of `staging`, whose submission has ended, to `read`.
///
/// # Errors
/// [`GpuError::TimedOut`], [`GpuError::DeviceLost`], [`GpuError::Rejected`].
pub(crate) fn read_back(
    context: &GpuContext,
    staging: &wgpu::Buffer,
    read: impl FnOnce(&[u8]),
) -> Result<(), GpuError> {
    let mapping = Mapping::begin(staging);
    let submission = context.queue.submit([]);
    context.wait(submission)?;
    mapping.finish(context, staging, read)
}
