//! Nodes of a graph, and a node seen with the shapes and values at hand.

use std::fmt;
use std::ops::RangeInclusive;

use crate::dtype::DataType;
use crate::error::OpError;
use crate::graph::Graph;
use crate::op::Op;
use crate::shape::Shape;
use crate::tensor::{Tensor, TensorId};
use crate::value::View;

/// Names a node within its graph: its place in the order of execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub usize);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// One op applied to tensors of a graph.
#[derive(Debug, Clone)]
pub struct Node {
    /// What is computed.
    pub op: Op,
    /// Tensors read; `None` where an optional one is absent.
    pub inputs: Vec<Option<TensorId>>,
    /// Tensors written.
    pub outputs: Vec<TensorId>,
    /// Tensors that hold quantization parameters of values inside the op.
    pub intermediates: Vec<Option<TensorId>>,
    /// The operator version that the file states. Files are written with [`Op::least_version`] instead where there is one.
    pub version: i32,
    /// The node's place in the file's debug metadata, if it has one.
    pub debug_metadata_index: Option<u32>,
}

impl Node {
    /// A node of version 1 without intermediates.
    pub fn new(
        op: Op,
        inputs: impl IntoIterator<Item = Option<TensorId>>,
        outputs: impl IntoIterator<Item = TensorId>,
    ) -> Self {
        Node {
            op,
            inputs: inputs.into_iter().collect(),
            outputs: outputs.into_iter().collect(),
            intermediates: Vec::new(),
            version: 1,
            debug_metadata_index: None,
        }
    }
}

/// Values of tensors that are known: constants, and during an invocation whatever was computed.
pub trait ValueSource {
    /// The value of a tensor, if it is known.
    fn value(&self, tensor: TensorId) -> Option<View<'_>>;
}

/// A node with its graph, the shapes at hand, and the values at hand.
#[derive(Clone, Copy)]
pub struct NodeContext<'a> {
    graph: &'a Graph,
    id: NodeId,
    shapes: &'a [Option<Shape>],
    values: Option<&'a dyn ValueSource>,
}

impl fmt::Debug for NodeContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeContext")
            .field("graph", &self.graph.name())
            .field("id", &self.id)
            .field("node", self.node())
            .finish_non_exhaustive()
    }
}

impl<'a> NodeContext<'a> {
    /// A node of `graph` where `shapes` holds a shape for each tensor, if it is known.
    pub fn new(graph: &'a Graph, id: NodeId, shapes: &'a [Option<Shape>]) -> Self {
        NodeContext {
            graph,
            id,
            shapes,
            values: None,
        }
    }

    /// The same node with values that an invocation computed.
    pub fn with_values(self, values: &'a dyn ValueSource) -> Self {
        NodeContext {
            values: Some(values),
            ..self
        }
    }

    /// The graph.
    pub fn graph(&self) -> &'a Graph {
        self.graph
    }

    /// Another node of the graph, where the same is known.
    pub fn context_of(&self, id: NodeId) -> Self {
        NodeContext { id, ..*self }
    }

    /// The node's name within its graph.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// The node.
    pub fn node(&self) -> &'a Node {
        self.graph.node(self.id)
    }

    /// What the node computes.
    pub fn op(&self) -> &'a Op {
        &self.node().op
    }

    /// Number of inputs, absent ones included.
    pub fn input_count(&self) -> usize {
        self.node().inputs.len()
    }

    /// Names input `index`, unless it is absent.
    pub fn input_id(&self, index: usize) -> Option<TensorId> {
        self.node().inputs.get(index).copied().flatten()
    }

    /// Input `index`, unless it is absent.
    pub fn input(&self, index: usize) -> Option<&'a Tensor> {
        self.input_id(index).map(|id| self.graph.tensor(id))
    }

    /// The type of input `index`, unless it is absent.
    pub(crate) fn input_type(&self, index: usize) -> Option<DataType> {
        self.input(index).map(|tensor| tensor.dtype)
    }

    /// Input `index`.
    ///
    /// # Errors
    /// [`OpError::MissingInput`] where it is absent.
    pub fn required(&self, index: usize) -> Result<&'a Tensor, OpError> {
        self.input(index).ok_or(OpError::MissingInput { index })
    }

    /// Output `index`; a validated node has as many as its op writes.
    pub fn output(&self, index: usize) -> &'a Tensor {
        self.graph.tensor(self.node().outputs[index])
    }

    /// The shape of input `index`.
    ///
    /// # Errors
    /// [`OpError::MissingInput`] where it is absent, [`OpError::Unknown`] where only an
    /// invocation shows the shape.
    pub fn shape(&self, index: usize) -> Result<&'a Shape, OpError> {
        let id = self
            .input_id(index)
            .ok_or(OpError::MissingInput { index })?;
        self.shapes[id.0].as_ref().ok_or(OpError::Unknown { index })
    }

    /// The shape of output `index`, if it is known.
    pub fn output_shape(&self, index: usize) -> Option<&'a Shape> {
        self.shapes[self.node().outputs[index].0].as_ref()
    }

    /// The value of input `index` where it is at hand: a dense constant, or computed before.
    pub fn value(&self, index: usize) -> Option<View<'a>> {
        let id = self.input_id(index)?;
        self.graph
            .tensor(id)
            .constant_view()
            .or_else(|| self.values?.value(id))
    }

    /// The elements of an integer input that says how to compute: axes, sizes, paddings.
    ///
    /// # Errors
    /// [`OpError::MissingInput`] where it is absent, [`OpError::Unknown`] where only an
    /// invocation shows the value, [`OpError::Value`] where it holds no int32 or int64.
    pub fn indices(&self, index: usize) -> Result<Vec<i64>, OpError> {
        self.required(index)?;
        let view = self.value(index).ok_or(OpError::Unknown { index })?;
        Ok(view.to_indices()?)
    }

    /// The axis of the first input that input `index` names: one integer, negative when counted
    /// from the end.
    ///
    /// # Errors
    /// Those of [`NodeContext::indices`] and [`NodeContext::shape`]; [`OpError::Shape`] for more or
    /// less than one integer, or an axis that the first input does not have.
    pub fn axis(&self, index: usize) -> Result<usize, OpError> {
        Ok(self.shape(0)?.axis(self.single_index(index)?)?)
    }

    /// The only element of an integer input that says how to compute: an axis, a depth.
    ///
    /// # Errors
    /// Those of [`NodeContext::indices`]; [`OpError::Shape`] for more or less than one element.
    pub fn single_index(&self, index: usize) -> Result<i64, OpError> {
        let indices = self.indices(index)?;
        let &[single] = &indices[..] else {
            return Err(OpError::rule(format!(
                "input {index} has {} elements where 1 is needed",
                indices.len()
            )));
        };
        Ok(single)
    }

    /// The shape whose extents are the elements of an integer input.
    ///
    /// # Errors
    /// Those of [`NodeContext::indices`]; [`OpError::Shape`] for a negative extent.
    pub fn extents(&self, index: usize) -> Result<Shape, OpError> {
        let indices = self.indices(index)?;
        let extents = indices.iter().map(|&dim| usize::try_from(dim).ok());
        extents
            .collect::<Option<Shape>>()
            .ok_or_else(|| OpError::rule(format!("input {index} gives the shape {indices:?}")))
    }

    /// The shapes that the file states for the outputs.
    pub(crate) fn stated_output_shapes(&self) -> Vec<Shape> {
        let outputs = self.node().outputs.iter();
        outputs
            .map(|&id| self.graph.tensor(id).shape.clone())
            .collect()
    }

    /// Checks the number of inputs and outputs, and that none of the least inputs is absent.
    ///
    /// # Errors
    /// [`OpError::Count`] and [`OpError::MissingInput`].
    pub fn expect_counts(
        &self,
        inputs: RangeInclusive<usize>,
        outputs: RangeInclusive<usize>,
    ) -> Result<(), OpError> {
        let node = self.node();
        for (what, count, range) in [
            ("inputs", node.inputs.len(), &inputs),
            ("outputs", node.outputs.len(), &outputs),
        ] {
            if !range.contains(&count) {
                return Err(OpError::Count {
                    what,
                    count,
                    least: *range.start(),
                    most: *range.end(),
                });
            }
        }
        (0..*inputs.start()).try_for_each(|index| self.required(index).map(|_| ()))
    }

    /// Checks that input `index` keeps its value from one invocation to the next.
    pub(crate) fn expect_variable(&self, index: usize) -> Result<(), OpError> {
        let tensor = self.required(index)?;
        if tensor.is_variable {
            return Ok(());
        }
        Err(OpError::rule(format!(
            "input {index}, {:?}, is not a variable, and the op keeps its state there",
            tensor.name
        )))
    }

    /// Checks that input `index` holds int32 or int64.
    pub(crate) fn expect_indices(&self, index: usize, what: &'static str) -> Result<(), OpError> {
        let dtype = self.required(index)?.dtype;
        match dtype {
            DataType::Int32 | DataType::Int64 => Ok(()),
            _ => Err(OpError::Type {
                what,
                dtype,
                accepted: "int32 or int64",
            }),
        }
    }
}

impl fmt::Display for NodeContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {} ({})", self.id, self.op().name())
    }
}
