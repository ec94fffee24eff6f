//! How the interpreter runs nodes that call other graphs.

use std::time::{Duration, Instant};

use super::ActivationType;
use super::compiled_graph::CompiledGraph;
use super::compiler::Compiler;
use super::invocation::Invocation;
use super::repetition::{LoopError, While};
use super::specialization::GivenInput;
use crate::delegate::{Counters, Io, Partition};
use crate::dtype::DataType;
use crate::error::{CompileError, OpError, RunError};
use crate::graph::Graph;
use crate::node::{NodeContext, NodeId};
use crate::op::ControlFlow;
use crate::partition::PlannedCall;
use crate::shape::Shape;
use crate::state::State;
use crate::tensor::{Tensor, TensorId};
use crate::value::{Value, View};

/// The compiled graphs of a node that calls them.
pub(super) enum Callee {
    Call(Box<CompiledGraph>),
    CallOnce(Box<CompiledGraph>),
    If(Box<[CompiledGraph; 2]>),
    While(Box<While>),
}

impl Callee {
    /// Compiles the graphs that a node calls for the shapes of the node's inputs.
    pub(super) fn new(
        compiler: &mut Compiler<'_>,
        node: &NodeContext<'_>,
        op: &ControlFlow,
    ) -> Result<Self, CompileError> {
        let fail = |error: OpError| CompileError::Graph(node.graph().node_error(node.id(), error));
        let callees = op.graphs().into_iter();
        let callees = callees.map(|index| callee_graph(compiler, index));
        let callees = callees.collect::<Result<Vec<_>, _>>().map_err(fail)?;
        let inputs = arguments(node).map_err(fail)?;
        let outputs: Vec<&Tensor> = (0..node.node().outputs.len())
            .map(|index| node.output(index))
            .collect();
        let given = |index: usize| given_input(node, index);
        match op {
            ControlFlow::Call { graph } => {
                expect_signature(callees[0], &inputs, &outputs).map_err(fail)?;
                let given: Vec<GivenInput> = (0..inputs.len()).map(given).collect();
                let compiled = compiler.compile_called(node, *graph, &given)?;
                Ok(Callee::Call(Box::new(compiled)))
            }
            ControlFlow::Composite(composite) => {
                expect_signature(callees[0], &inputs, &outputs).map_err(fail)?;
                let given: Vec<GivenInput> = (0..inputs.len()).map(given).collect();
                let graph = composite.decomposition;
                let compiled = compiler.compile_called(node, graph, &given)?;
                Ok(Callee::Call(Box::new(compiled)))
            }
            ControlFlow::CallOnce { graph } => {
                expect_signature(callees[0], &[], &[]).map_err(fail)?;
                let compiled = compiler.compile_called(node, *graph, &[])?;
                Ok(Callee::CallOnce(Box::new(compiled)))
            }
            ControlFlow::If {
                then_graph,
                else_graph,
            } => {
                expect_condition(inputs[0], node.shape(0).ok()).map_err(fail)?;
                for callee in callees {
                    expect_signature(callee, &inputs[1..], &outputs).map_err(fail)?;
                }
                let given: Vec<GivenInput> = (1..inputs.len()).map(given).collect();
                Ok(Callee::If(Box::new([
                    compiler.compile_called(node, *then_graph, &given)?,
                    compiler.compile_called(node, *else_graph, &given)?,
                ])))
            }
            ControlFlow::While { condition, body } => {
                expect_signature(callees[1], &inputs, &outputs).map_err(fail)?;
                let &[verdict] = callees[0].outputs() else {
                    let outputs = callees[0].outputs().len();
                    return Err(fail(OpError::rule(format!(
                        "its condition, graph {condition}, has {outputs} outputs instead of one"
                    ))));
                };
                let verdict = callees[0].tensor(verdict);
                expect_signature(callees[0], &inputs, &[verdict]).map_err(fail)?;
                let given: Vec<GivenInput> = (0..inputs.len()).map(given).collect();
                let compiled = While::new(compiler, node, (*condition, *body), given)?;
                expect_condition(verdict, compiled.condition.output_shape(0)).map_err(fail)?;
                Ok(Callee::While(Box::new(compiled)))
            }
        }
    }

    /// The shapes of the node's outputs, where they are known before an invocation.
    pub(super) fn output_shapes(&self, node: &NodeContext<'_>) -> Vec<Option<Shape>> {
        let outputs = 0..node.node().outputs.len();
        match self {
            Callee::CallOnce(_) => Vec::new(),
            Callee::Call(graph) => outputs
                .map(|index| graph.output_shape(index).cloned())
                .collect(),
            Callee::If(branches) => outputs
                .map(|index| {
                    let [then_shape, else_shape] =
                        [0, 1].map(|branch: usize| branches[branch].output_shape(index));
                    then_shape.filter(|_| then_shape == else_shape).cloned()
                })
                .collect(),
            // Without a round, the values stay as they came.
            Callee::While(repeated) => outputs
                .map(|index| {
                    let input = repeated.body.graph.inputs()[index];
                    repeated.body.shapes[input.0].clone()
                })
                .collect(),
        }
    }

    fn graphs(&self) -> Vec<&CompiledGraph> {
        match self {
            Callee::Call(graph) | Callee::CallOnce(graph) => vec![graph],
            Callee::If(branches) => branches.iter().collect(),
            Callee::While(repeated) => vec![&repeated.condition, &repeated.body],
        }
    }

    /// The same graphs, each with memory of its own.
    fn instantiate(&self, compiler: &mut Compiler<'_>) -> Result<Self, CompileError> {
        let mut again = |graph: &CompiledGraph| {
            let instance = graph.instantiate(compiler);
            instance.map_err(|reason| CompileError::Called {
                graph: graph.graph_index,
                reason: Box::new(reason),
            })
        };
        Ok(match self {
            Callee::Call(graph) => Callee::Call(Box::new(again(graph)?)),
            Callee::CallOnce(graph) => Callee::CallOnce(Box::new(again(graph)?)),
            Callee::If(branches) => {
                let [then_graph, else_graph] = &**branches;
                Callee::If(Box::new([again(then_graph)?, again(else_graph)?]))
            }
            Callee::While(repeated) => Callee::While(Box::new(repeated.instantiate(again)?)),
        })
    }

    /// How the graphs are split that `node` calls.
    fn plans(&self, node: NodeId) -> impl Iterator<Item = PlannedCall> {
        let graphs = self.graphs().into_iter();
        graphs.map(move |graph| graph.planned_call(node))
    }

    /// What runs the only node of a partition.
    pub(super) fn into_executable(self, partition: &Partition) -> CallExecutable {
        let id = partition.nodes()[0];
        let node = partition.graph().node(id);
        let source = |id: &TensorId| {
            let tensor = || Box::new(partition.graph().tensor(*id).clone());
            match partition.inputs().iter().position(|input| input == id) {
                Some(index) => Source::Fed(index),
                None if partition.graph().tensor(*id).is_variable => {
                    Source::Variable(*id, tensor())
                }
                None => Source::Constant(tensor()),
            }
        };
        let returned = partition.outputs().iter();
        CallExecutable {
            graph_index: partition.graph_index(),
            node: id,
            op: node.op.name().to_owned(),
            sources: node.inputs.iter().flatten().map(source).collect(),
            returned: returned
                .filter_map(|tensor| node.outputs.iter().position(|output| output == tensor))
                .collect(),
            callee: self,
            carried: [Vec::new(), Vec::new()],
            time: None,
        }
    }
}

fn callee_graph<'a>(compiler: &Compiler<'a>, index: usize) -> Result<&'a Graph, OpError> {
    let graphs = compiler.model.graphs();
    graphs.get(index).map(AsRef::as_ref).ok_or_else(|| {
        let graphs = graphs.len();
        OpError::rule(format!(
            "it calls graph {index}, and the model has {graphs}"
        ))
    })
}

/// The inputs of a node that calls graphs, all of which hold a value to hand on.
fn arguments<'a>(node: &NodeContext<'a>) -> Result<Vec<&'a Tensor>, OpError> {
    let inputs = (0..node.input_count()).map(|index| {
        let tensor = node.required(index)?;
        if tensor.sparsity.is_some() {
            return Err(OpError::rule(format!(
                "its input {index}, {:?}, is stored sparsely, which no graph takes",
                tensor.name
            )));
        }
        Ok(tensor)
    });
    inputs.collect()
}

fn given_input(node: &NodeContext<'_>, index: usize) -> GivenInput {
    GivenInput {
        shape: node.shape(index).ok().cloned(),
        constant: node.input(index).and_then(|tensor| tensor.constant.clone()),
    }
}

/// Checks that a graph takes and gives values of these types.
fn expect_signature(graph: &Graph, inputs: &[&Tensor], outputs: &[&Tensor]) -> Result<(), OpError> {
    for (what, own, wanted) in [
        ("inputs", graph.inputs(), inputs),
        ("outputs", graph.outputs(), outputs),
    ] {
        let types = |tensors: &mut dyn Iterator<Item = &Tensor>| -> Vec<DataType> {
            tensors.map(|tensor| tensor.dtype).collect()
        };
        let own = types(&mut own.iter().map(|&id| graph.tensor(id)));
        let wanted = types(&mut wanted.iter().copied());
        if own != wanted {
            let list = |types: &[DataType]| {
                let names: Vec<&str> = types.iter().map(|dtype| dtype.name()).collect();
                names.join(", ")
            };
            return Err(OpError::rule(format!(
                "the {what} of the graph {:?} that it calls are ({}) where ({}) are needed",
                graph.name(),
                list(&own),
                list(&wanted)
            )));
        }
    }
    Ok(())
}

/// Checks that a tensor says yes or no.
fn expect_condition(tensor: &Tensor, shape: Option<&Shape>) -> Result<(), OpError> {
    if tensor.dtype == DataType::Bool && shape.is_none_or(|shape| shape.elements() == 1) {
        return Ok(());
    }
    Err(OpError::rule(format!(
        "its condition {:?} is {} of shape {} where one bool is needed",
        tensor.name,
        tensor.dtype,
        shape.unwrap_or(&tensor.shape)
    )))
}

/// Where an argument of a call comes from.
#[derive(Clone)]
enum Source {
    /// The partition's input of this place.
    Fed(usize),
    /// A constant.
    Constant(Box<Tensor>),
    /// A variable of the graph that calls.
    Variable(TensorId, Box<Tensor>),
}

/// The only node of a partition of the interpreter, ready to run.
pub(super) struct CallExecutable {
    /// The graph that the node is of.
    graph_index: usize,
    node: NodeId,
    op: String,
    /// One for each input of the node.
    sources: Vec<Source>,
    /// For each output of the partition its place among the node's.
    returned: Vec<usize>,
    callee: Callee,
    /// The values of a loop in this round and the next.
    carried: [Vec<Value>; 2],
    /// How long the last invocation took, where that is measured.
    time: Option<Duration>,
}

impl CallExecutable {
    /// The same node with memory of its own.
    pub(super) fn instantiate(&self, compiler: &mut Compiler<'_>) -> Result<Self, CompileError> {
        Ok(CallExecutable {
            graph_index: self.graph_index,
            node: self.node,
            op: self.op.clone(),
            sources: self.sources.clone(),
            returned: self.returned.clone(),
            callee: self.callee.instantiate(compiler)?,
            carried: [Vec::new(), Vec::new()],
            time: None,
        })
    }

    /// Runs the graphs that the node calls.
    pub(super) fn invoke(
        &mut self,
        io: &mut Io<'_>,
        invocation: &mut Invocation<'_>,
    ) -> Result<(), RunError> {
        let started = self.time.is_some().then(Instant::now);
        let fail = |reason: OpError| RunError::Node {
            node: self.node,
            op: self.op.clone(),
            reason,
        };
        // Copies, since the graphs that are called may change the state.
        let mut variables = Vec::new();
        for source in &self.sources {
            if let Source::Variable(id, tensor) = source {
                let value = io.state.variable(self.graph_index, *id, tensor)?;
                variables.push(value.clone());
            }
        }
        let mut variables = variables.iter();
        let arguments: Vec<View<'_>> = self
            .sources
            .iter()
            .filter_map(|source| match source {
                Source::Fed(index) => io.inputs.get(*index).copied(),
                Source::Constant(tensor) => tensor.constant_view(),
                Source::Variable(..) => variables.next().map(Value::view),
            })
            .collect();
        match &mut self.callee {
            Callee::Call(graph) => {
                run(graph, &arguments, io.state, invocation)?;
                give(graph, &arguments, &self.returned, io.outputs).map_err(fail)?;
            }
            Callee::CallOnce(graph) => {
                if !io.state.is_initialized(graph.graph_index) {
                    run(graph, &[], io.state, invocation)?;
                    io.state.set_initialized(graph.graph_index);
                }
            }
            Callee::If(branches) => {
                let branch = usize::from(!truth(arguments.first().copied()).map_err(fail)?);
                let graph = &mut branches[branch];
                run(graph, &arguments[1..], io.state, invocation)?;
                give(graph, &arguments[1..], &self.returned, io.outputs).map_err(fail)?;
            }
            Callee::While(repeated) => {
                repeated
                    .run(&arguments, &mut self.carried, io.state, invocation)
                    .map_err(|error| match error {
                        LoopError::Own(error) => fail(error),
                        LoopError::Called(error) => error,
                    })?;
                let last = repeated.views(&arguments, &self.carried[0]);
                for (&index, output) in std::iter::zip(&self.returned, &mut *io.outputs) {
                    output.assign(last[index])?;
                }
            }
        }
        self.time = started.map(|started| started.elapsed());
        Ok(())
    }

    /// How the graphs are split that the node calls.
    pub(super) fn plans(&self) -> impl Iterator<Item = PlannedCall> {
        self.callee.plans(self.node)
    }

    /// The types of floats that nodes of the graphs that the node calls keep.
    pub(super) fn activation_types(&self) -> Vec<ActivationType> {
        let graphs = self.callee.graphs().into_iter();
        graphs.flat_map(CompiledGraph::activation_types).collect()
    }

    pub(super) fn counters(&self) -> Counters {
        let mut counters = Counters::default();
        for graph in self.callee.graphs() {
            counters += graph.counters();
        }
        counters
    }

    pub(super) fn set_profiling(&mut self, enabled: bool) {
        self.time = enabled.then_some(Duration::ZERO);
    }

    pub(super) fn node_times(&self) -> Vec<(NodeId, Duration)> {
        self.time
            .map(|time| (self.node, time))
            .into_iter()
            .collect()
    }
}

/// Runs a graph that is called.
pub(super) fn run(
    graph: &mut CompiledGraph,
    inputs: &[View<'_>],
    state: &mut State,
    invocation: &mut Invocation<'_>,
) -> Result<(), RunError> {
    let graph_index = graph.graph_index;
    graph
        .run(inputs, state, invocation, None)
        .map_err(|reason| RunError::Called {
            graph: graph_index,
            reason: Box::new(reason),
        })
}

/// Copies outputs of a graph that ran to those of the node, which are `returned`.
fn give(
    graph: &CompiledGraph,
    inputs: &[View<'_>],
    returned: &[usize],
    outputs: &mut [Value],
) -> Result<(), OpError> {
    for (&index, output) in std::iter::zip(returned, outputs) {
        let value = graph.output(index, inputs);
        output.assign(value.ok_or(OpError::Unknown { index })?)?;
    }
    Ok(())
}

/// What a condition says.
pub(super) fn truth(value: Option<View<'_>>) -> Result<bool, OpError> {
    match value.map(|view| view.bytes()) {
        Some(&[byte]) => Ok(byte != 0),
        _ => Err(OpError::rule("its condition is not one bool")),
    }
}
