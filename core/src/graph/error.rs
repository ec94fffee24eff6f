//! What is wrong with a graph.

use crate::error::OpError;
use crate::node::NodeId;
use crate::tensor::TensorId;

/// What is wrong with a graph.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// A node that its op's rules speak against.
    #[error("node {node} ({op}): {reason}")]
    Node {
        /// The node.
        node: NodeId,
        /// The op's name.
        op: String,
        /// The rule.
        reason: OpError,
    },
    /// A node, input or output that names a tensor that is not there.
    #[error("{place} names tensor {index}, and the graph has {tensors}")]
    NoSuchTensor {
        /// Who names it.
        place: String,
        /// The index in the file.
        index: i64,
        /// Number of tensors.
        tensors: usize,
    },
    /// A tensor with something in it that the format forbids.
    #[error("tensor {tensor} ({name:?}): {reason}")]
    Tensor {
        /// The tensor.
        tensor: TensorId,
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A node that reads what no node before it wrote: a cycle, or an order that cannot run.
    #[error(
        "node {node} ({op}) reads tensor {tensor} ({name:?}), which nothing before it writes: \
         the nodes form a cycle or are out of order"
    )]
    NotWritten {
        /// The node that reads.
        node: NodeId,
        /// The op's name.
        op: String,
        /// The tensor.
        tensor: TensorId,
        /// Its name.
        name: String,
    },
    /// A tensor that two nodes write, or that a node writes although it is an input or constant.
    #[error("node {node} ({op}) writes tensor {tensor} ({name:?}), which {owner}")]
    WrittenTwice {
        /// The node that writes.
        node: NodeId,
        /// The op's name.
        op: String,
        /// The tensor.
        tensor: TensorId,
        /// Its name.
        name: String,
        /// Who gave it its value before.
        owner: &'static str,
    },
    /// A graph output that nothing computes.
    #[error("output {index} is tensor {tensor} ({name:?}), which nothing computes")]
    OutputNotWritten {
        /// The place among the outputs.
        index: usize,
        /// The tensor.
        tensor: TensorId,
        /// Its name.
        name: String,
    },
    /// A signature that names what is not there.
    #[error("signature {key:?} calls tensor {tensor} {name:?}, and its graph has no such tensor")]
    SignatureTensor {
        /// The signature.
        key: String,
        /// What it calls the tensor.
        name: String,
        /// The tensor.
        tensor: TensorId,
    },
}
