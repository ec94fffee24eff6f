//! What becomes of a session whose device fails.

use std::error::Error;

use crate::error::{CompileError, RunError};
use crate::node::NodeId;

/// What a session does where a delegate's device fails: [`CompileError::Device`] while a partition
/// is made ready, [`RunError::Device`] while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDeviceFault {
    /// The build or the invocation fails with that error. The session stays as it was, and the next
    /// invocation tries the device again.
    #[default]
    Fail,
    /// The nodes of the partition go to the delegates after it, and the build or the invocation
    /// goes on from there: values between partitions lie on the host, so that no other partition
    /// runs twice, and variables are as they would be. From then on
    /// [`Session::plan`](crate::Session::plan) shows them where they run,
    /// [`Session::faults`](crate::Session::faults) says what happened, and a warning is logged. They
    /// do not come back to the device until the session is resized. Where there is no delegate
    /// after it, or where the nodes need a tensor that the delegate holds, it is as with
    /// [`OnDeviceFault::Fail`].
    NextDelegate,
}

/// A device that failed under [`OnDeviceFault::NextDelegate`].
///
/// What the device said is an error of the delegate's own type, such as
/// `GpuError`, by `downcast_ref`.
#[derive(Debug, thiserror::Error)]
#[error(
    "{delegate}: {reason}; nodes of subgraph {graph_index} that went on to other delegates: {}",
    .nodes.len()
)]
#[non_exhaustive]
pub struct DeviceFault {
    /// The delegate's name.
    pub delegate: String,
    /// The graph within the model.
    pub graph_index: usize,
    /// The nodes that left the delegate: those of one partition.
    pub nodes: Vec<NodeId>,
    /// What the device said.
    pub reason: Box<dyn Error + Send + Sync>,
}

impl From<CompileError> for RunError {
    /// A partition that left its device within an invocation, and that no other delegate could make
    /// ready.
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::Device { delegate, reason } => RunError::Device { delegate, reason },
            other => RunError::Compile {
                reason: Box::new(other),
            },
        }
    }
}

impl CompileError {
    /// What a device said, where its fault is the cause, here or in a graph that is called, and `E`
    /// the delegate's type of errors.
    pub fn device_error<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            CompileError::Device { reason, .. } => reason.downcast_ref(),
            CompileError::Called { reason, .. } => reason.device_error(),
            _ => None,
        }
    }
}

impl RunError {
    /// What a device said, where its fault is the cause, here or in a graph that is called, and `E`
    /// the delegate's type of errors.
    pub fn device_error<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            RunError::Device { reason, .. } => reason.downcast_ref(),
            RunError::Called { reason, .. } => reason.device_error(),
            RunError::Compile { reason } => reason.device_error(),
            _ => None,
        }
    }
}
