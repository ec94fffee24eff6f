//! Small values that follow from constants and shapes, worked out before the graph is split.
//!
//! Models compute shapes from shapes: SHAPE, STRIDED_SLICE, PACK, RESHAPE. What such a chain computes
//! is known as soon as the shapes of the inputs are, and with it the shapes of everything behind it.

use std::sync::Arc;

use crate::delegate::{Delegate, Io, Partition};
use crate::dtype::DataType;
use crate::error::{CompileError, OpError};
use crate::graph::{Graph, given_shapes, infer_node};
use crate::model::Model;
use crate::node::{NodeContext, NodeId};
use crate::op::{ControlFlow, Op};
use crate::partition::is_constant_expansion;
use crate::shape::Shape;
use crate::state::State;
use crate::tensor::{Constant, TensorId};
use crate::value::Value;

/// Elements that a tensor may have to be worked out ahead. Whatever steers shapes has far fewer.
const MAX_ELEMENTS: usize = 1024;

/// A graph for given shapes of its inputs.
pub(super) struct Specialized {
    /// The graph. Tensors whose values are known are constants, also where a node writes them:
    /// that node is left with nothing to do.
    pub(super) graph: Arc<Graph>,
    /// The shape of each tensor; `None` where only an invocation shows it.
    pub(super) shapes: Vec<Option<Shape>>,
}

/// What is known of an input of a graph.
#[derive(Debug, Clone)]
pub(super) struct GivenInput {
    /// Its shape, unless only an invocation shows it.
    pub(super) shape: Option<Shape>,
    /// Its elements, where whoever calls the graph always gives the same.
    pub(super) constant: Option<Constant>,
}

/// Gives the shapes of the outputs of a node that calls other graphs, as far as they are known.
pub(super) type Call<'a> =
    dyn FnMut(&NodeContext<'_>, &ControlFlow) -> Result<Vec<Option<Shape>>, CompileError> + 'a;

/// Infers the shapes of a graph of `model`, with the values that they depend on worked out by the
/// last of `delegates` where that can be done ahead.
///
/// # Errors
/// The first node whose input shapes break its op's rules, and whatever `call` gives.
pub(super) fn specialize(
    model: &Arc<Model>,
    graph_index: usize,
    inputs: &[GivenInput],
    delegates: &[Arc<dyn Delegate>],
    call: &mut Call<'_>,
) -> Result<Specialized, CompileError> {
    let stated = &model.graphs()[graph_index];
    let mut graph = Arc::clone(stated);
    let mut shapes = given_shapes(stated);
    for (&id, given) in std::iter::zip(stated.inputs(), inputs) {
        let tensor = stated.tensor(id);
        if tensor.constant.is_some() {
            continue;
        }
        shapes[id.0].clone_from(&given.shape);
        if tensor.is_variable {
            continue;
        }
        if let (Some(shape), Some(constant)) = (&given.shape, &given.constant) {
            Arc::make_mut(&mut graph).know(id, shape.clone(), constant.clone());
        }
    }
    let custom_shapes = |node: &NodeContext<'_>| {
        let mut answers = delegates
            .iter()
            .map(|delegate| delegate.custom_output_shapes(node));
        let is_known = |answer: &Result<_, _>| !matches!(answer, Err(OpError::Unknown { .. }));
        answers
            .find(is_known)
            .unwrap_or(Err(OpError::Unknown { index: 0 }))
    };
    for id in graph.node_ids() {
        if let Op::ControlFlow(op) = &graph.node(id).op {
            let known = call(&NodeContext::new(&graph, id, &shapes), op)?;
            for (output, shape) in std::iter::zip(&graph.node(id).outputs, known) {
                shapes[output.0] = shape;
            }
            continue;
        }
        infer_node(&graph, id, &custom_shapes, &mut shapes)?;
        let node = NodeContext::new(&graph, id, &shapes);
        let known = match value_of_shape(&node) {
            None if follows_from_constants(&node, stated) => {
                let partition = Partition {
                    model: Arc::clone(model),
                    graph_index,
                    graph: Arc::clone(&graph),
                    shapes: shapes.as_slice().into(),
                    nodes: vec![id],
                    inputs: Vec::new(),
                    outputs: graph.node(id).outputs.clone(),
                    memory_limit: usize::MAX,
                };
                let last = delegates.last();
                last.and_then(|last| evaluate(&partition, id, last.as_ref()))
            }
            values => values,
        };
        if let Some(values) = known {
            let outputs = graph.node(id).outputs.clone();
            let graph = Arc::make_mut(&mut graph);
            for (output, value) in std::iter::zip(outputs, values) {
                let constant = Constant::copied(value.bytes());
                graph.know(output, value.shape().clone(), constant);
            }
        }
    }
    Ok(Specialized { graph, shapes })
}

/// What a node computes that reads no more than the shape of its input.
fn value_of_shape(node: &NodeContext<'_>) -> Option<Vec<Value>> {
    let input = node.shape(0).ok()?;
    let value = match node.op() {
        Op::ShapeOf(op) => op.extents(input),
        Op::Rank(op) => op.count(input),
        _ => return None,
    };
    Some(vec![value.ok()?])
}

/// Whether a node computes a few elements from constants alone, and integers, which may steer
/// shapes, or something from what was worked out before it. The rest is the delegates' to compute.
fn follows_from_constants(context: &NodeContext<'_>, stated: &Graph) -> bool {
    let (graph, node) = (context.graph(), context.node());
    let mut inputs = node.inputs.iter().flatten();
    let is_known = |input: &TensorId| graph.tensor(*input).constant_view().is_some();
    let is_worked_out = |input: &TensorId| stated.tensor(*input).constant.is_none();
    let is_small = |(index, output): (usize, &TensorId)| {
        let tensor = graph.tensor(*output);
        let elements = context.output_shape(index).map(Shape::elements);
        elements.is_some_and(|elements| elements <= MAX_ELEMENTS)
            && tensor.dtype.bits().is_some()
            && !tensor.is_variable
    };
    let is_integer = |output: &TensorId| {
        let dtype = graph.tensor(*output).dtype;
        matches!(dtype, DataType::Int32 | DataType::Int64)
    };
    node.op.is_pure()
        && !is_constant_expansion(graph, context.id())
        && !node.inputs.is_empty()
        && inputs.clone().all(is_known)
        && node.outputs.iter().enumerate().all(is_small)
        && (node.outputs.iter().all(is_integer) || inputs.any(is_worked_out))
}

/// What the only node of a partition computes. A node that `delegate` cannot run is left to be run
/// or refused in its turn.
fn evaluate(partition: &Partition, id: NodeId, delegate: &dyn Delegate) -> Option<Vec<Value>> {
    delegate.supports(&partition.context(id)).ok()?;
    let mut executable = delegate.compile(partition).ok()?.instantiate().ok()?;
    let outputs = partition.outputs().iter();
    let zeros = outputs.map(|output| {
        let shape = partition.shapes()[output.0].clone()?;
        Value::zeros(partition.graph().tensor(*output).dtype, shape).ok()
    });
    let mut values = zeros.collect::<Option<Vec<Value>>>()?;
    let mut io = Io {
        inputs: &[],
        outputs: &mut values,
        state: &mut State::default(),
    };
    executable.invoke(&mut io).ok()?;
    let is_as_inferred = |(output, value): (&TensorId, &Value)| {
        value.dtype() == partition.graph().tensor(*output).dtype
            && Some(value.shape()) == partition.shapes()[output.0].as_ref()
    };
    std::iter::zip(partition.outputs(), &values)
        .all(is_as_inferred)
        .then_some(values)
}
