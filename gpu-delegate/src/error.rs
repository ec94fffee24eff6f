//! What can go wrong between demilite and a GPU.

use std::time::Duration;

use demilite_core::NodeId;

use crate::options::HalfAccess;

/// An error of the adapter, the device or a submission.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// The system offers no adapter at all.
    #[error(
        "no GPU adapter was found; install a Vulkan, Metal or DirectX 12 driver, or run on the CPU"
    )]
    NoAdapter,
    /// The adapter that was asked for is not there.
    #[error("no GPU adapter is {asked}; there are: {}", available.join(", "))]
    AdapterNotFound {
        /// What was asked for, in words.
        asked: String,
        /// The adapters that exist, each as index and name.
        available: Vec<String>,
    },
    /// The adapter gave no device.
    #[error("the adapter {adapter} gave no device: {message}")]
    DeviceRefused {
        /// The adapter's name.
        adapter: String,
        /// The driver's words.
        message: String,
    },
    /// The adapter has no cooperative matrices that the kernels could use, or the options leave out what they take.
    #[error(
        "the adapter {adapter} with {half_access:?} access to 16-bit floats has no cooperative matrices of 16-bit floats with \
         sums of 32-bit floats; choose another product method"
    )]
    NoCooperativeMatrices {
        /// The adapter's name.
        adapter: String,
        /// How kernels are to reach 16-bit floats.
        half_access: HalfAccess,
    },
    /// The adapter's cooperative matrices, which were asked for, did not prove right.
    #[error(
        "cooperative matrices do not work on the adapter {adapter}: {reason}; choose another product method"
    )]
    CooperativeMatricesFail {
        /// The adapter's name.
        adapter: String,
        /// What went wrong.
        reason: String,
    },
    /// The device is gone: the driver reset it, or it was unplugged.
    #[error("the GPU device was lost: {message}")]
    DeviceLost {
        /// The driver's words.
        message: String,
    },
    /// The device has no memory for what was asked.
    #[error("the GPU has no memory for {what}")]
    OutOfMemory {
        /// The buffer or pipeline.
        what: String,
    },
    /// A kernel could not be compiled for this device.
    #[error("the GPU rejected the kernel {kernel}: {message}")]
    ShaderRejected {
        /// The kernel's name in the table.
        kernel: &'static str,
        /// The compiler's words.
        message: String,
    },
    /// A device of the caller was opened with a limit that is too low for the kernels.
    #[error(
        "the device was opened with {limit} {allowed}, and the kernels need {needed}; open it with `required_limits: adapter.limits()`"
    )]
    DeviceLimit {
        /// The field of [`wgpu::Limits`].
        limit: &'static str,
        /// What the device allows.
        allowed: u32,
        /// What the kernels need.
        needed: u32,
    },
    /// Something is larger than the device allows.
    #[error("{what} needs {needed}, and the GPU's limit is {limit}")]
    LimitExceeded {
        /// The thing and its unit.
        what: String,
        /// How much it needs.
        needed: u64,
        /// How much there may be.
        limit: u64,
    },
    /// A buffer of the caller cannot hold the tensor that it is for.
    #[error("the buffer for tensor {tensor} cannot hold it: {reason}")]
    BufferUnfit {
        /// The tensor's name.
        tensor: String,
        /// What is wrong with the buffer.
        reason: String,
    },
    /// A submission did not end in time.
    #[error("the GPU did not finish within {limit:?}")]
    TimedOut {
        /// The time it had.
        limit: Duration,
    },
    /// A kernel wrote behind its output, which only [`crate::GpuOptions::guard_bands`] shows: a fault of this crate.
    #[error("the kernel {kernel} of {} changed byte {byte} behind its output", .node.map_or("no node".to_owned(), |node| node.to_string()))]
    OutOfBounds {
        /// The kernel's name in the table.
        kernel: &'static str,
        /// The node that it computes, if it is one's.
        node: Option<NodeId>,
        /// The first byte that is not as it was, counted from the end of the output's last four elements.
        byte: usize,
    },
    /// wgpu found a call invalid: a fault of this crate.
    #[error("wgpu rejected {what}: {message}")]
    Rejected {
        /// The call.
        what: String,
        /// wgpu's words.
        message: String,
    },
}
