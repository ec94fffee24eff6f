//! The contract between the interpreter and whatever computes.
//!
//! A [`Delegate`] says for each node whether it can run it, and if not, why. The partitioner hands
//! it maximal groups of the nodes it takes; it turns each into a [`Compiled`], of which each session
//! instantiates an [`Executable`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::dtype::DataType;
use crate::error::{CompileError, OpError, RunError};
use crate::graph::Graph;
use crate::ledger::LedgerEntry;
use crate::model::Model;
use crate::node::{NodeContext, NodeId};
use crate::shape::Shape;
use crate::state::State;
use crate::tensor::TensorId;
use crate::value::{Value, View};

/// Why a delegate does not take a node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reject {
    /// The node breaks a rule of its op or of the quantization specification.
    #[error("invalid: {0}")]
    Invalid(String),
    /// The delegate has no kernel for it.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// The delegate could run it, and something else is faster.
    #[error("not worthwhile: {0}")]
    NotWorthwhile(String),
    /// The caller's options keep the delegate from it.
    #[error("excluded: {0}")]
    Excluded(String),
    /// The delegate took it, and its device failed: see
    /// [`OnDeviceFault::NextDelegate`](crate::OnDeviceFault::NextDelegate).
    #[error("failed: {0}")]
    Failed(String),
}

impl Reject {
    /// A rejection for want of a kernel.
    pub fn unsupported(reason: impl Into<String>) -> Self {
        Reject::Unsupported(reason.into())
    }

    /// A rejection of a node that breaks a rule.
    pub fn invalid(reason: impl Into<String>) -> Self {
        Reject::Invalid(reason.into())
    }
}

/// Something that runs nodes of a graph.
///
/// ```
/// use std::sync::Arc;
///
/// use demilite_core::{
///     CompileError, Compiled, Delegate, Executable, Io, NodeContext, Op, Partition, Reject, RunError,
/// };
///
/// /// Runs RELU of float32, one node at a time.
/// #[derive(Clone)]
/// struct Rectifier;
///
/// impl Delegate for Rectifier {
///     fn name(&self) -> &str {
///         "rectifier"
///     }
///
///     fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
///         match node.op() {
///             Op::Relu(_) => Ok(()),
///             op => Err(Reject::unsupported(format!("no {}", op.name()))),
///         }
///     }
///
///     fn compile(&self, _: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
///         Ok(Arc::new(Rectifier))
///     }
/// }
///
/// impl Executable for Rectifier {
///     fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
///         let input = io.inputs[0].as_slice::<f32>()?;
///         for (output, &x) in std::iter::zip(io.outputs[0].as_mut_slice::<f32>()?, input) {
///             *output = x.max(0.0);
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Delegate: Send + Sync {
    /// The name that plans and messages show, such as `reference` or `gpu`.
    fn name(&self) -> &str;

    /// Whether the delegate can run this node as it is, with the shapes that are known.
    ///
    /// # Errors
    /// The reason why not.
    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject>;

    /// The shapes of the outputs of a node with a custom op, of which nothing but the delegate that
    /// runs it knows the rules. What a file states of them holds for one shape of the inputs, if
    /// it is stated at all.
    ///
    /// # Errors
    /// [`OpError::Unknown`] where only an invocation shows them, and for an op that the delegate
    /// does not know; another [`OpError`] for a node that breaks the op's rules.
    fn custom_output_shapes(&self, _node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Err(OpError::Unknown { index: 0 })
    }

    /// Whether the values of this input or output of a session's graph stay with the delegate, in
    /// memory that the caller shares with it, such as a buffer of a device.
    ///
    /// A session then neither takes nor gives the tensor, and refuses to be built where anybody but
    /// this delegate reads or writes it.
    fn holds(&self, _graph_index: usize, _tensor: TensorId) -> bool {
        false
    }

    /// Makes a group of nodes, each of which [`Delegate::supports`] took, ready for any number of
    /// executables.
    ///
    /// # Errors
    /// A [`CompileError`] that names the node.
    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError>;
}

impl fmt::Debug for dyn Delegate + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delegate({})", self.name())
    }
}

/// A group of nodes for one delegate, which can run in one go.
///
/// It is cheap to clone: the model, the graph and the shapes are shared.
#[derive(Debug, Clone)]
pub struct Partition {
    pub(crate) model: Arc<Model>,
    pub(crate) graph_index: usize,
    pub(crate) graph: Arc<Graph>,
    pub(crate) shapes: Arc<[Option<Shape>]>,
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) inputs: Vec<TensorId>,
    pub(crate) outputs: Vec<TensorId>,
    pub(crate) memory_limit: usize,
}

impl Partition {
    /// The model, for ops that call other graphs of it.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The index of the graph within the model.
    pub fn graph_index(&self) -> usize {
        self.graph_index
    }

    /// The graph that the nodes belong to, for a delegate to share and not to copy. Tensors whose
    /// values follow from the shapes of the graph's inputs are constants of it, other than in the
    /// model's own graph.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// The shape of each tensor of the graph, where it is known before an invocation.
    pub fn shapes(&self) -> &Arc<[Option<Shape>]> {
        &self.shapes
    }

    /// The nodes in an order that can run.
    pub fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// A node of the group with its shapes.
    pub fn context(&self, node: NodeId) -> NodeContext<'_> {
        NodeContext::new(&self.graph, node, &self.shapes)
    }

    /// Tensors that come from outside: neither constants nor variables nor written by the group,
    /// nor such that the delegate holds.
    pub fn inputs(&self) -> &[TensorId] {
        &self.inputs
    }

    /// Tensors that are read outside: by other groups, the caller, or kept at the caller's wish;
    /// without those that the delegate holds.
    pub fn outputs(&self) -> &[TensorId] {
        &self.outputs
    }

    /// The most bytes that a tensor may take whose shape only an invocation shows.
    pub fn memory_limit(&self) -> usize {
        self.memory_limit
    }
}

/// A compiled group of nodes: what all executables of it share.
///
/// Whatever stays the same from one invocation to the next belongs here and exists once, however
/// many sessions of a [`SessionPool`](crate::SessionPool) run the group: constants as the delegate
/// lays them out, on the host or on a device, prepared kernels, pipelines, the plan of the memory.
/// Nothing here may change with an invocation. What one does change belongs to the [`Executable`]:
/// intermediate tensors, staging memory, measured times.
pub trait Compiled: Send + Sync {
    /// Makes an executable with memory of its own. Executables of one group run at the same time, on
    /// several threads, and none sees anything of another.
    ///
    /// # Errors
    /// A [`CompileError`], [`CompileError::Device`] where a device has no memory left.
    fn instantiate(self: Arc<Self>) -> Result<Box<dyn Executable>, CompileError>;

    /// Nodes that are computed together with another one, each with the one whose time is theirs
    /// too. What they write is never in memory.
    fn fusions(&self) -> Vec<(NodeId, NodeId)> {
        Vec::new()
    }

    /// The type that each node which computes float32 tensors keeps them in: [`DataType::Float32`], or
    /// [`DataType::Float16`] where the floats that it reads and those that it writes are rounded to
    /// that. Nodes that are left out keep what the file says.
    fn activation_types(&self) -> Vec<(NodeId, DataType)> {
        Vec::new()
    }

    /// What an invocation moves through the memory of the device, node by node in their order; nothing where the delegate does not
    /// count it.
    fn ledger(&self) -> Vec<LedgerEntry> {
        Vec::new()
    }
}

/// An executable that can be cloned needs nothing else to be compiled from: each instance is a clone.
/// One that holds much shares it by [`Arc`].
impl<E: Executable + Clone + Sync + 'static> Compiled for E {
    fn instantiate(self: Arc<Self>) -> Result<Box<dyn Executable>, CompileError> {
        Ok(Box::new((*self).clone()))
    }
}

/// What flows in and out of an executable in one invocation.
#[derive(Debug)]
pub struct Io<'a> {
    /// The values of [`Partition::inputs`], in that order.
    pub inputs: &'a [View<'a>],
    /// Where the values of [`Partition::outputs`] go, in that order. They hold the types and,
    /// where they are known, the shapes of their tensors; an executable sets the shapes that only
    /// the invocation shows with [`Value::reset`].
    pub outputs: &'a mut [Value],
    /// What the session keeps from one invocation to the next: variable tensors, named by
    /// [`Partition::graph_index`] and their ids, and resource variables.
    pub state: &'a mut State,
}

/// A group of nodes that runs: one instance of what was [`Compiled`], used by one thread at a time.
pub trait Executable: Send {
    /// Runs the group once.
    ///
    /// # Errors
    /// A [`RunError`]; the next invocation may be tried unless the error says otherwise. With
    /// [`RunError::Device`] the state is as it was: another delegate may run the nodes in this very
    /// invocation.
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError>;

    /// The executable as one that shows what it computes; none where it does not, as where nodes are
    /// fused or tensors stay on a device.
    fn as_observable(&mut self) -> Option<&mut dyn Observable> {
        None
    }

    /// What the executable holds and moves.
    fn counters(&self) -> Counters {
        Counters::default()
    }

    /// Asks for the time of each node in later invocations, at the cost of some speed.
    ///
    /// Returns whether [`Executable::node_times`] will have them.
    fn set_profiling(&mut self, _enabled: bool) -> bool {
        false
    }

    /// How long each node took in the last invocation, where profiling is on. A time that
    /// belongs to several fused nodes stands at the last of them.
    fn node_times(&self) -> Vec<(NodeId, Duration)> {
        Vec::new()
    }
}

/// An executable that shows what it computes.
pub trait Observable {
    /// [`Executable::invoke`], with each tensor that a node writes and each variable tensor that one
    /// changes shown to `observe` as soon as it is written, those that are not outputs of the
    /// partition too. What follows from constants alone need not be shown.
    ///
    /// # Errors
    /// Those of [`Executable::invoke`].
    fn invoke_observed(
        &mut self,
        io: &mut Io<'_>,
        observe: &mut dyn FnMut(TensorId, View<'_>),
    ) -> Result<(), RunError>;
}

/// Bytes that an executable holds and moves. Those of constants lie with what it was instantiated
/// from: all executables of one [`Compiled`] say the same, and hold them once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Bytes of constants in the memory of the device, as laid out there.
    pub weight_bytes: u64,
    /// Of these, float16 elements that are the file's own, without what pads them: of a sparse constant
    /// those that the file stores, not the zeros between them.
    pub float16_weight_bytes: u64,
    /// Bytes that pad constants to the device's layout.
    pub weight_padding_bytes: u64,
    /// Bytes of float32 that were made on the host from float16 constants.
    pub expanded_float32_bytes: u64,
    /// Bytes of buffers for intermediate tensors.
    pub arena_bytes: u64,
    /// Bytes that one invocation brings to the device.
    pub uploaded_bytes: u64,
    /// Bytes that one invocation brings back.
    pub downloaded_bytes: u64,
    /// Submissions or dispatches to the device in one invocation.
    pub dispatches: u64,
}

impl std::ops::AddAssign for Counters {
    fn add_assign(&mut self, other: Self) {
        self.weight_bytes += other.weight_bytes;
        self.float16_weight_bytes += other.float16_weight_bytes;
        self.weight_padding_bytes += other.weight_padding_bytes;
        self.expanded_float32_bytes += other.expanded_float32_bytes;
        self.arena_bytes += other.arena_bytes;
        self.uploaded_bytes += other.uploaded_bytes;
        self.downloaded_bytes += other.downloaded_bytes;
        self.dispatches += other.dispatches;
    }
}
