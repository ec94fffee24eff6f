//! A graph made ready to run: split between delegates, each partition compiled.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::call::Callee;
use crate::delegate::{Counters, Delegate, Executable, Io, Partition};
use crate::error::{CompileError, OpError, RunError};
use crate::graph::{GivenInput, Graph, Specialized, specialize};
use crate::model::Model;
use crate::node::{NodeContext, NodeId};
use crate::partition::{PartitionOptions, Plan, PlannedCall, partition};
use crate::shape::Shape;
use crate::state::State;
use crate::tensor::TensorId;
use crate::value::{Value, View, byte_size};

/// Calls within calls that a model may nest.
const DEEPEST_CALL: usize = 32;

/// Tensors and nodes that all graphs that are called may have, each counted as often as it is
/// called.
const MOST_CALLED: usize = 1 << 17;

/// What the graphs of a session are compiled with, and how much they took.
pub(super) struct Compiler<'a> {
    pub(super) model: &'a Model,
    pub(super) delegates: &'a [Arc<dyn Delegate>],
    pub(super) options: &'a PartitionOptions,
    pub(super) memory_limit: usize,
    /// Bytes of computed tensors so far.
    memory: usize,
    /// Tensors and nodes of called graphs so far.
    called: usize,
    /// The graphs that are being compiled, each called by the one before it.
    open: Vec<usize>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(
        model: &'a Model,
        delegates: &'a [Arc<dyn Delegate>],
        options: &'a PartitionOptions,
        memory_limit: usize,
    ) -> Self {
        Compiler {
            model,
            delegates,
            options,
            memory_limit,
            memory: 0,
            called: 0,
            open: Vec::new(),
        }
    }

    /// Bytes of the tensors of the graphs compiled so far.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// Takes back the bytes of graphs that were compiled for nothing.
    pub(super) fn set_memory(&mut self, bytes: usize) {
        self.memory = bytes;
    }

    /// Compiles a graph that a node of the graph under way calls.
    ///
    /// # Errors
    /// [`CompileError::Called`] with what is wrong in the graph, [`OpError`] where calls go too
    /// deep, in circles, or to too much.
    pub(super) fn compile_called(
        &mut self,
        node: &NodeContext<'_>,
        graph_index: usize,
        given: &[GivenInput],
    ) -> Result<CompiledGraph, CompileError> {
        let rule = |rule: String| {
            let error = node.graph().node_error(node.id(), OpError::rule(rule));
            Err(CompileError::Graph(error))
        };
        if self.open.contains(&graph_index) {
            return rule(format!(
                "it calls graph {graph_index} from within itself, which never ends"
            ));
        }
        if self.open.len() > DEEPEST_CALL {
            return rule(format!("it is a call within {DEEPEST_CALL} calls"));
        }
        let graph = &self.model.graphs()[graph_index];
        self.called += graph.tensors().len() + graph.nodes().len() + 1;
        if self.called > MOST_CALLED {
            return rule(format!(
                "the graphs that are called come to more than {MOST_CALLED} tensors and nodes"
            ));
        }
        let compiled = self.compile(graph_index, given, &[]);
        compiled.map_err(|source| CompileError::Called {
            graph: graph_index,
            source: Box::new(source),
        })
    }

    /// Splits a graph and compiles each partition. `given` has one entry for each input.
    pub(super) fn compile(
        &mut self,
        graph_index: usize,
        given: &[GivenInput],
        kept: &[TensorId],
    ) -> Result<CompiledGraph, CompileError> {
        let (model, delegates) = (self.model, self.delegates);
        let mut callees: HashMap<NodeId, Callee> = HashMap::new();
        self.open.push(graph_index);
        let specialized = specialize(model, graph_index, given, delegates, &mut |node, op| {
            let callee = Callee::new(self, node, op)?;
            let shapes = callee.output_shapes(node);
            callees.insert(node.id(), callee);
            Ok(shapes)
        });
        self.open.pop();
        let Specialized { graph, shapes } = specialized?;
        self.count_memory(&graph, &shapes)?;
        let mut plan = partition(&graph, &shapes, delegates, self.options, kept)?;
        let mut executables = Vec::with_capacity(plan.partitions.len());
        for planned in &plan.partitions {
            let partition = Partition {
                model,
                graph_index,
                graph: &graph,
                shapes: &shapes,
                nodes: &planned.nodes,
                inputs: &planned.inputs,
                outputs: &planned.outputs,
                memory_limit: self.memory_limit,
            };
            let callee = planned.nodes.first().and_then(|node| callees.remove(node));
            executables.push(match (delegates.get(planned.delegate), callee) {
                (Some(delegate), _) => delegate.compile(&partition)?,
                (None, Some(callee)) => {
                    plan.calls.extend(callee.plans(planned.nodes[0]));
                    callee.into_executable(&partition)
                }
                (None, None) => return Err(CompileError::NoDelegates),
            });
        }
        Ok(CompiledGraph {
            graph_index,
            values: vec![None; graph.tensors().len()],
            graph,
            shapes,
            plan,
            executables,
        })
    }

    /// Adds the bytes of the tensors that are no constants, as if none shared memory.
    fn count_memory(
        &mut self,
        graph: &Graph,
        shapes: &[Option<Shape>],
    ) -> Result<(), CompileError> {
        for (index, tensor) in graph.tensors().iter().enumerate() {
            let Some(shape) = shapes[index].as_ref().filter(|_| tensor.constant.is_none()) else {
                continue;
            };
            let bytes = byte_size(tensor.dtype, shape).unwrap_or(usize::MAX);
            self.memory = self.memory.saturating_add(bytes);
            if self.memory > self.memory_limit {
                return Err(CompileError::MemoryLimit {
                    tensor: TensorId(index),
                    name: tensor.name.clone(),
                    shape: shape.clone(),
                    bytes,
                    limit: self.memory_limit,
                });
            }
        }
        Ok(())
    }
}

/// A graph for given shapes of its inputs, split and compiled, with the values that flow between
/// its partitions.
pub(super) struct CompiledGraph {
    pub(super) graph_index: usize,
    pub(super) graph: Graph,
    pub(super) shapes: Vec<Option<Shape>>,
    pub(super) plan: Plan,
    pub(super) executables: Vec<Box<dyn Executable>>,
    /// The value of each tensor that a partition wrote.
    values: Vec<Option<Value>>,
}

impl CompiledGraph {
    /// Holds the values of these tensors where they are known already.
    pub(super) fn keep_constants(&mut self, kept: &[TensorId]) {
        for &id in kept {
            let constant = self.graph.tensor(id).constant_view();
            self.values[id.0] = constant.map(|view| view.to_value());
        }
    }

    /// The value of a tensor that is no constant, after a run.
    pub(super) fn value(&self, tensor: TensorId) -> Option<&Value> {
        self.values.get(tensor.0)?.as_ref()
    }

    /// Output `index` after a run with these inputs.
    pub(super) fn output<'a>(&'a self, index: usize, inputs: &[View<'a>]) -> Option<View<'a>> {
        value_of(
            &self.graph,
            &self.values,
            inputs,
            self.graph.outputs()[index],
        )
    }

    /// The shape of output `index`, where it is known before a run.
    pub(super) fn output_shape(&self, index: usize) -> Option<&Shape> {
        self.shapes[self.graph.outputs()[index].0].as_ref()
    }

    /// How the graph is split that `node` of another calls.
    pub(super) fn planned_call(&self, node: NodeId) -> PlannedCall {
        PlannedCall {
            node,
            graph_index: self.graph_index,
            plan: self.plan.clone(),
        }
    }

    /// What all partitions hold and move.
    pub(super) fn counters(&self) -> Counters {
        let mut counters = Counters::default();
        for executable in &self.executables {
            counters += executable.counters();
        }
        counters
    }

    /// Runs the partitions one after the other; `times` takes how long each took.
    pub(super) fn run(
        &mut self,
        inputs: &[View<'_>],
        state: &mut State,
        mut times: Option<&mut Vec<Duration>>,
    ) -> Result<(), RunError> {
        if let Some(times) = &mut times {
            times.clear();
        }
        for index in 0..self.executables.len() {
            let started = Instant::now();
            self.run_partition(index, inputs, state)?;
            if let Some(times) = &mut times {
                times.push(started.elapsed());
            }
        }
        Ok(())
    }

    fn run_partition(
        &mut self,
        index: usize,
        inputs: &[View<'_>],
        state: &mut State,
    ) -> Result<(), RunError> {
        let graph = &self.graph;
        let planned = &self.plan.partitions[index];
        let mut outputs = Vec::with_capacity(planned.outputs.len());
        for id in &planned.outputs {
            let dtype = graph.tensor(*id).dtype;
            let shape = self.shapes[id.0].clone().unwrap_or_default();
            outputs.push(match self.values[id.0].take() {
                Some(mut value) => {
                    value.reset(dtype, &shape)?;
                    value
                }
                None => Value::zeros(dtype, shape)?,
            });
        }
        let views: Vec<View<'_>> = planned
            .inputs
            .iter()
            .filter_map(|&id| value_of(graph, &self.values, inputs, id))
            .collect();
        let result = self.executables[index].invoke(&mut Io {
            inputs: &views,
            outputs: &mut outputs,
            state,
        });
        for (id, value) in std::iter::zip(&planned.outputs, outputs) {
            self.values[id.0] = Some(value);
        }
        result
    }
}

/// The value of a tensor that a partition or the caller reads. A validated graph has one for each
/// tensor that is read after the partitions before it ran.
fn value_of<'a>(
    graph: &'a Graph,
    values: &'a [Option<Value>],
    inputs: &[View<'a>],
    id: TensorId,
) -> Option<View<'a>> {
    if let Some(index) = graph.inputs().iter().position(|&input| input == id) {
        return Some(inputs[index]);
    }
    let constant = graph.tensor(id).constant_view();
    constant.or_else(|| values[id.0].as_ref().map(Value::view))
}
