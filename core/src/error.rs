//! The errors of each boundary.
//!
//! The message of each is whole: it has what caused the error in it. `source()` therefore leads past what a message has said, so that
//! a chain of errors says nothing twice; whoever wants the cause itself finds it in the field `reason`.

use crate::delegate::Reject;
use crate::dtype::DataType;
use crate::graph::GraphError;
use crate::node::NodeId;
use crate::shape::Shape;
use crate::tensor::TensorId;

/// Shapes that do not fit together, or an axis that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// An axis that the shape does not have.
    #[error("axis {axis} is outside a tensor of rank {rank}")]
    AxisOutOfRange {
        /// The axis asked for, negative when counted from the end.
        axis: i64,
        /// The rank of the tensor.
        rank: usize,
    },
    /// Two shapes that do not broadcast together.
    #[error("shapes {left} and {right} do not broadcast together")]
    NotBroadcastable {
        /// The first shape.
        left: Shape,
        /// The second shape.
        right: Shape,
    },
    /// Extents whose product does not fit the address space.
    #[error("shape {shape} has more elements than can be addressed")]
    TooLarge {
        /// The shape.
        shape: Shape,
    },
    /// A rule of one op that its shapes break.
    #[error("{rule}")]
    Rule {
        /// The rule, with the extents that break it.
        rule: String,
    },
}

/// Data that does not fit the tensor it is meant for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// Data of another length than type and shape ask for.
    #[error("a tensor of type {dtype} and shape {shape} takes {expected} bytes, not {actual}")]
    WrongLength {
        /// The element type.
        dtype: DataType,
        /// The shape.
        shape: Shape,
        /// Bytes that type and shape ask for.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// Data of another element type.
    #[error("the tensor holds {actual}, not {expected}")]
    WrongType {
        /// The type asked for.
        expected: DataType,
        /// The tensor's type.
        actual: DataType,
    },
    /// Bytes that start where elements of the type may not.
    #[error("elements of {0} start at multiples of {align} bytes, and these bytes do not", align = .0.alignment())]
    Misaligned(DataType),
    /// Bytes that are not packed strings, or not as many strings as the shape has.
    #[error("a tensor of strings of shape {shape} is damaged: {reason}")]
    Strings {
        /// The shape.
        shape: Shape,
        /// What is wrong.
        reason: String,
    },
    /// A tensor larger than can be addressed.
    #[error("a tensor of type {dtype} and shape {shape} is larger than can be addressed")]
    TooLarge {
        /// The element type.
        dtype: DataType,
        /// The shape.
        shape: Shape,
    },
    /// Elements that do not stand for real numbers.
    #[error("elements of type {dtype} do not stand for real numbers")]
    NoReals {
        /// The element type.
        dtype: DataType,
    },
    /// Memory that the machine does not give.
    #[error("no memory for a tensor of type {dtype} and shape {shape} ({bytes} bytes)")]
    OutOfMemory {
        /// The element type.
        dtype: DataType,
        /// The shape.
        shape: Shape,
        /// Bytes that type and shape ask for.
        bytes: usize,
    },
}

/// What an op's rules say against a node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// Options of another op's table.
    #[error("its options are not {expected}")]
    Options {
        /// The table that the op's options have.
        expected: &'static str,
    },
    /// An attribute with a value that the op does not have.
    #[error("its {attribute} is {value}, which is not valid")]
    Attribute {
        /// The attribute.
        attribute: &'static str,
        /// The value in the file.
        value: i64,
    },
    /// More or fewer inputs or outputs than the op takes.
    #[error("it has {count} {what} where {least} to {most} are needed")]
    Count {
        /// `inputs` or `outputs`.
        what: &'static str,
        /// How many the node has.
        count: usize,
        /// The least that the op takes.
        least: usize,
        /// The most that the op takes.
        most: usize,
    },
    /// An input that must be there.
    #[error("its input {index} is absent")]
    MissingInput {
        /// The input.
        index: usize,
    },
    /// An input of a type that the op does not take.
    #[error("its {what} are {dtype} where {accepted} is needed")]
    Type {
        /// What the input says.
        what: &'static str,
        /// The input's type.
        dtype: DataType,
        /// The types that the op takes.
        accepted: &'static str,
    },
    /// Loops that made as many rounds as a session allows, and wanted more.
    #[error("the loops of this invocation made more rounds than the session's limit")]
    RoundLimit,
    /// A shape or a value that only an invocation shows.
    #[error("input {index} is known only during an invocation")]
    Unknown {
        /// The input.
        index: usize,
    },
    /// Shapes that do not fit.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// Data that does not fit.
    #[error(transparent)]
    Value(#[from] ValueError),
}

impl OpError {
    /// A rule of the op that its shapes, parameters or data break.
    pub fn rule(rule: impl Into<String>) -> Self {
        OpError::Shape(ShapeError::Rule { rule: rule.into() })
    }
}

/// Why a model cannot be made ready to run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// A session without delegates.
    #[error("no delegate was given: add at least the reference backend")]
    NoDelegates,
    /// A node that no delegate takes.
    #[error("no delegate runs node {node} ({op}): {}", list_rejections(.rejections))]
    NoDelegate {
        /// The node.
        node: NodeId,
        /// The op's name.
        op: String,
        /// Each delegate's name and reason.
        rejections: Vec<(String, Reject)>,
    },
    /// The graph does not work out with these input shapes.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A node that a delegate took and then could not prepare.
    #[error("{delegate} cannot prepare node {node} ({op}): {reason}")]
    Node {
        /// The delegate's name.
        delegate: String,
        /// The node.
        node: NodeId,
        /// The op's name.
        op: String,
        /// Why not.
        reason: Reject,
    },
    /// A fault of the device or driver. [`OnDeviceFault`](crate::OnDeviceFault) says what becomes of
    /// the session.
    #[error("{delegate}: {reason}")]
    Device {
        /// The delegate's name.
        delegate: String,
        /// The fault, an error of the delegate's own type.
        reason: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An input that the graph does not have, or a shape that it cannot take.
    #[error("input {index}: {reason}")]
    Input {
        /// The place among the inputs.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// A signature or graph that the model does not have.
    #[error("the model has no {what}; it has {available}")]
    NotFound {
        /// What was asked for.
        what: String,
        /// What there is.
        available: String,
    },
    /// An input of another shape than the one that the file fixes, for which the graph does not work out.
    #[error(
        "input {index} ({name:?}) has the fixed shape {stated} in the file, and the graph does not work out with {shape}: {reason}"
    )]
    FixedShape {
        /// The place among the inputs.
        index: usize,
        /// The tensor's name.
        name: String,
        /// The shape in the file.
        stated: Shape,
        /// The shape that was asked for.
        shape: Shape,
        /// What does not work out.
        reason: Box<CompileError>,
    },
    /// A graph that a node calls and that cannot be made ready.
    #[error("subgraph {graph}: {reason}")]
    Called {
        /// The index of the graph within the model.
        graph: usize,
        /// What is wrong there.
        reason: Box<CompileError>,
    },
    /// A tensor that a delegate holds and that others need.
    #[error("{delegate} cannot hold tensor {tensor} ({name:?}) by itself: {reason}")]
    Held {
        /// The delegate's name.
        delegate: String,
        /// The tensor.
        tensor: TensorId,
        /// Its name.
        name: String,
        /// Who needs it.
        reason: String,
    },
    /// Tensors that together take more memory than the caller allows.
    #[error(
        "with tensor {tensor} ({name:?}) of shape {shape}, which takes {bytes} bytes, the tensors \
         exceed the limit of {limit} bytes: raise the session's memory limit if this is intended"
    )]
    MemoryLimit {
        /// The tensor.
        tensor: TensorId,
        /// Its name.
        name: String,
        /// Its shape.
        shape: Shape,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
}

fn list_rejections(rejections: &[(String, Reject)]) -> String {
    let reasons: Vec<String> = rejections
        .iter()
        .map(|(delegate, reject)| format!("{delegate}: {reject}"))
        .collect();
    reasons.join("; ")
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// More or fewer inputs than the graph has.
    #[error("{actual} inputs were given and the graph takes {expected}")]
    InputCount {
        /// What the graph takes.
        expected: usize,
        /// What was given.
        actual: usize,
    },
    /// An input of another type or shape than the session was made ready for.
    #[error(
        "input {index} ({name:?}) takes {expected_dtype} of shape {expected_shape}, not {dtype} \
         of shape {shape}; resize the session's input for another shape"
    )]
    Input {
        /// The place among the inputs.
        index: usize,
        /// The tensor's name.
        name: String,
        /// The type that the graph takes.
        expected_dtype: DataType,
        /// The shape that the session was made ready for.
        expected_shape: Shape,
        /// The type that was given.
        dtype: DataType,
        /// The shape that was given.
        shape: Shape,
    },
    /// A node whose data breaks its op's rules.
    #[error("node {node} ({op}): {reason}")]
    Node {
        /// The node.
        node: NodeId,
        /// The op's name.
        op: String,
        /// The rule.
        reason: OpError,
    },
    /// A fault in a graph that a node calls.
    #[error("subgraph {graph}: {reason}")]
    Called {
        /// The index of the graph within the model.
        graph: usize,
        /// What is wrong there.
        reason: Box<RunError>,
    },
    /// A delegate that does not show what it computes, in an invocation that is observed.
    #[error(
        "{delegate} does not show the tensors that it computes; to observe them, build the session \
         with a delegate that does, such as the reference, and no other"
    )]
    NotObservable {
        /// The delegate's name.
        delegate: String,
    },
    /// A name that none of the inputs has, or one that is missing.
    #[error("{what}; the inputs are {available}")]
    InputName {
        /// Which name.
        what: String,
        /// The names of the inputs.
        available: String,
    },
    /// An input or output that the session does not have.
    #[error("there is no {what} {index}: the session has {count}")]
    NoSuch {
        /// `input` or `output`.
        what: &'static str,
        /// The place that was asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// The state of a session of another model.
    #[error(
        "the state holds a variable {tensor} of subgraph {graph} that this model does not have"
    )]
    ForeignState {
        /// The graph within the model.
        graph: usize,
        /// The tensor.
        tensor: TensorId,
    },
    /// A node that a delegate cannot run with the shapes that this invocation showed.
    #[error("node {node} ({op}): {reason}")]
    Rejected {
        /// The node.
        node: NodeId,
        /// The op's name.
        op: String,
        /// Why not.
        reason: Reject,
    },
    /// Data that does not fit.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// The session of a pool is gone: a delegate panicked.
    #[error("the session stopped before it answered; make a new pool")]
    Stopped,
    /// Nodes that left a device that failed, and that no other delegate could make ready.
    #[error(transparent)]
    Compile {
        /// Why not.
        reason: Box<CompileError>,
    },
    /// A fault of the device or driver. [`OnDeviceFault`](crate::OnDeviceFault) says what becomes of
    /// the session.
    #[error("{delegate}: {reason}")]
    Device {
        /// The delegate's name.
        delegate: String,
        /// The fault, an error of the delegate's own type.
        reason: Box<dyn std::error::Error + Send + Sync>,
    },
}
