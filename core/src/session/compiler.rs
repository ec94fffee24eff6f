//! Makes graphs ready to run.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use super::call::Callee;
use super::compiled_graph::CompiledGraph;
use super::fault::{DeviceFault, OnDeviceFault};
use super::held::Held;
use super::specialization::{GivenInput, Specialized, specialize};
use crate::delegate::{Delegate, Reject};
use crate::error::{CompileError, OpError};
use crate::graph::Graph;
use crate::model::Model;
use crate::node::{NodeContext, NodeId};
use crate::partition::{PartitionOptions, Plan, moved_on, partition};
use crate::shape::Shape;
use crate::tensor::TensorId;
use crate::value::min_bytes;

/// Calls within calls that a model may nest.
const DEEPEST_CALL: usize = 32;

/// Tensors and nodes that all graphs that are called may have, each counted as often as it is
/// called.
const MAX_CALLED: usize = 1 << 17;

/// What the graphs of a session are compiled with, and how much they took.
pub(super) struct Compiler<'a> {
    pub(super) model: &'a Arc<Model>,
    pub(super) delegates: &'a [Arc<dyn Delegate>],
    pub(super) options: &'a PartitionOptions,
    pub(super) memory_limit: usize,
    on_device_fault: OnDeviceFault,
    /// The devices that failed, and whose nodes went on to other delegates.
    pub(super) faults: Vec<DeviceFault>,
    /// Bytes of computed tensors so far.
    memory: usize,
    /// Tensors and nodes of called graphs so far.
    called: usize,
    /// The graphs that are being compiled, each called by the one before it.
    open: Vec<usize>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(
        model: &'a Arc<Model>,
        delegates: &'a [Arc<dyn Delegate>],
        options: &'a PartitionOptions,
        memory_limit: usize,
        on_device_fault: OnDeviceFault,
    ) -> Self {
        Compiler {
            model,
            delegates,
            options,
            memory_limit,
            on_device_fault,
            faults: Vec::new(),
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
        if self.called > MAX_CALLED {
            return rule(format!(
                "the graphs that are called come to more than {MAX_CALLED} tensors and nodes"
            ));
        }
        let compiled = self.compile(graph_index, given, &[]);
        compiled.map_err(|reason| CompileError::Called {
            graph: graph_index,
            reason: Box::new(reason),
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
        let held = match self.open.is_empty() {
            true => Held::withhold(&graph, graph_index, delegates, kept, &mut plan)?,
            false => Held::default(),
        };
        let shapes = shapes.into();
        CompiledGraph::new(graph_index, graph, shapes, plan, held, callees, self)
    }

    /// The plan without the partition whose device failed, its nodes with the delegates after it, as
    /// far as the policy is to go on and there are any.
    ///
    /// # Errors
    /// What the device said otherwise.
    pub(super) fn move_on(
        &mut self,
        compiled: &CompiledGraph,
        plan: &Plan,
        index: usize,
        reason: Box<dyn Error + Send + Sync>,
    ) -> Result<Plan, Box<dyn Error + Send + Sync>> {
        let reject = Reject::Failed(reason.to_string());
        let (graph, shapes) = (&compiled.graph, &compiled.shapes);
        let moved = match self.on_device_fault {
            OnDeviceFault::Fail => return Err(reason),
            OnDeviceFault::NextDelegate => moved_on(
                plan,
                index,
                &reject,
                graph,
                shapes,
                self.delegates,
                self.options,
            ),
        };
        let planned = &plan.partitions[index];
        let Some(moved) = moved
            .ok()
            .filter(|_| !compiled.held.is_needed(graph, &planned.nodes))
        else {
            return Err(reason);
        };
        let fault = DeviceFault {
            delegate: plan.delegates[planned.delegate].clone(),
            graph_index: compiled.graph_index,
            nodes: planned.nodes.clone(),
            reason,
        };
        tracing::warn!(%fault, "a device failed");
        self.faults.push(fault);
        Ok(moved)
    }

    /// Adds the bytes of the tensors that are not constants, as if none shared memory.
    fn count_memory(
        &mut self,
        graph: &Graph,
        shapes: &[Option<Shape>],
    ) -> Result<(), CompileError> {
        for (index, tensor) in graph.tensors().iter().enumerate() {
            let Some(shape) = shapes[index].as_ref().filter(|_| tensor.constant.is_none()) else {
                continue;
            };
            let bytes = min_bytes(tensor.dtype, shape);
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
