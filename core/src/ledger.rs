//! What an invocation moves through the memory of a device.

use crate::node::NodeId;

/// What the dispatches of a node, and of those that are computed together with it, do in one invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The last of the nodes that are computed together, or the node whose operand the dispatches prepare; none where they belong to
    /// no node.
    pub node: Option<NodeId>,
    /// The kernel of each dispatch, in their order.
    pub kernels: Vec<&'static str>,
    /// Bytes that the dispatches read: each tensor once a dispatch, as it lies in the memory of the device, with what pads it.
    pub read_bytes: u64,
    /// Bytes that they write, in the same way.
    pub written_bytes: u64,
    /// The least that could be read and written: what others wrote once, weights as the file has them, and once what others read.
    /// Nothing is counted that the dispatches alone write and read.
    pub least_bytes: u64,
}

impl LedgerEntry {
    /// Bytes that are read and written.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.read_bytes + self.written_bytes
    }
}
