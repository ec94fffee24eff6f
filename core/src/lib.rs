//! Reads and writes `.tflite` models, holds the typed graph, the quantization arithmetic, the
//! [`Delegate`] trait, the partitioner and the interpreter.
//!
//! Data flows `bytes → Model → Graph → Plan → Session → outputs`: [`Model::open`] reads and
//! validates a file, [`Session::builder`] takes delegates in order of preference,
//! [`partition`](partition::partition) splits the graph between them, and [`Session::run`] runs it.

mod aligned_bytes;
pub mod delegate;
mod dtype;
mod emptied;
mod error;
pub mod float;
pub mod geometry;
pub mod graph;
mod hash_table;
mod ledger;
pub mod memory_plan;
mod model;
mod node;
pub mod op;
pub mod partition;
mod pool;
pub mod quantization;
pub mod random;
pub mod schema;
mod session;
mod shape;
mod sparsity;
pub mod spec;
mod state;
mod strings;
mod tensor;
mod value;
mod work;

pub use aligned_bytes::AlignedBytes;
pub use delegate::{Compiled, Counters, Delegate, Executable, Io, Observable, Partition, Reject};
pub use dtype::{DataType, Element};
pub use emptied::emptied;
pub use error::{CompileError, OpError, RunError, ShapeError, ValueError};
pub use graph::{Graph, GraphError, GraphParts};
pub use hash_table::HashTable;
pub use ledger::LedgerEntry;
pub use model::{LoadError, Metadata, Model, ModelParts, SaveError, Signature};
pub use node::{Node, NodeContext, NodeId, ValueSource};
pub use op::Op;
pub use partition::{NodePlacement, PartitionOptions, Plan, PlannedPartition};
pub use pool::{Invocation, QueueFull, SessionPool};
pub use quantization::{Blockwise, Quantization};
pub use session::{
    ActivationType, DeviceFault, Observed, OnDeviceFault, Profile, Session, SessionBuilder,
    TensorInfo,
};
pub use shape::Shape;
pub use sparsity::{SparseDimension, Sparsity};
pub use state::{DeviceVariable, State};
pub use strings::Strings;
pub use tensor::{Constant, SeenRange, Tensor, TensorId};
pub use value::{Value, View, ViewMut};
pub use work::Work;
