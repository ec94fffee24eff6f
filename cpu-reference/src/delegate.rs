//! The delegate that runs nodes one after the other with the reference kernels.

use std::sync::Arc;
use std::time::{Duration, Instant};

use demilite_core::{
    CompileError, Compiled, Counters, DataType, Delegate, Executable, Graph, Io, NodeContext,
    NodeId, Observable, OpError, Partition, Reject, RunError, Shape, State, TensorId, Value,
    ValueSource, View,
};

use crate::arena::Arena;
use crate::custom::{CustomKernel, CustomOps};
use crate::dispatch::{infer, prepare};
use crate::folding::fold_constants;
use crate::kernel::{Kernel, KernelIo, Unprepared};
use crate::variables::Variables;

/// Runs whatever has a reference kernel, one node after the other on one thread.
///
/// Its name is `reference`. Integers come out as from LiteRT's reference kernels, byte for byte.
/// Of the ops outside the schema it runs those of [`custom`](crate::custom), and whatever
/// [`ReferenceDelegate::with_custom_op`] adds.
#[derive(Debug, Clone, Default)]
pub struct ReferenceDelegate {
    custom_ops: Arc<CustomOps>,
}

impl ReferenceDelegate {
    /// A delegate that runs the builtin operators and the custom ops of [`custom`](crate::custom).
    pub fn new() -> Self {
        ReferenceDelegate::default()
    }

    /// The same delegate, which runs custom ops of the name that `kernel` says with it, instead of
    /// what it ran them with before.
    pub fn with_custom_op(mut self, kernel: Arc<dyn CustomKernel>) -> Self {
        Arc::make_mut(&mut self.custom_ops).register(kernel);
        self
    }

    /// The names of the custom ops that it runs, sorted.
    pub fn custom_op_names(&self) -> impl Iterator<Item = &str> {
        self.custom_ops.names()
    }
}

impl Delegate for ReferenceDelegate {
    fn name(&self) -> &str {
        "reference"
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        match prepare(node, &self.custom_ops) {
            Ok(_) | Err(Unprepared::Unknown) => Ok(()),
            Err(Unprepared::Rejected(reject)) => Err(reject),
        }
    }

    fn custom_output_shapes(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        infer(node, &self.custom_ops, &State::default())
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        let graph = partition.graph();
        let fail = |node: NodeId, reason: Reject| CompileError::Node {
            delegate: self.name().to_owned(),
            node,
            op: graph.node(node).op.name().to_owned(),
            reason,
        };
        let mut folded = fold_constants(partition, &self.custom_ops)
            .map_err(|(node, reason)| fail(node, reason))?;
        let mut steps = Vec::new();
        for &node in partition.nodes() {
            if folded.computes(graph, node) {
                continue;
            }
            let outputs = &graph.node(node).outputs;
            let are_known = outputs.iter().all(|id| folded.shapes[id.0].is_some());
            let context = NodeContext::new(graph, node, &folded.shapes);
            let prepared = prepare(&context.with_values(&folded), &self.custom_ops);
            let kernel = match prepared {
                // A shape that differs between invocations asks for another kernel each time.
                Ok(_) if !are_known => None,
                Ok(mut kernel) => {
                    let inputs = graph.node(node).inputs.iter();
                    let constants: Vec<Option<View<'_>>> = inputs
                        .map(|id| id.and_then(|id| constant(graph, &folded.values, id)))
                        .collect();
                    kernel
                        .prepack(&constants)
                        .map_err(|error| fail(node, Reject::invalid(error.to_string())))?;
                    Some(kernel)
                }
                Err(Unprepared::Unknown) => None,
                Err(Unprepared::Rejected(reason)) => return Err(fail(node, reason)),
            };
            steps.push(Step { node, kernel });
        }
        let expanded_float32_bytes = folded.expanded_float32_bytes(graph, partition.nodes());
        let read = steps.iter().flat_map(|step| step.reads(graph));
        folded.keep_only(read.chain(partition.outputs().iter().copied()));
        let order: Vec<NodeId> = steps.iter().map(|step| step.node).collect();
        Ok(Arc::new(CompiledNodes {
            graph_index: partition.graph_index(),
            graph: Arc::clone(graph),
            memory_limit: partition.memory_limit(),
            inputs: partition.inputs().to_vec(),
            outputs: partition.outputs().to_vec(),
            arena: Arena::new(partition, &order),
            custom_ops: Arc::clone(&self.custom_ops),
            steps,
            expanded_float32_bytes,
            shapes: folded.shapes,
            folded: folded.values,
        }))
    }
}

/// A node in its turn.
struct Step {
    node: NodeId,
    /// `None` where only an invocation shows what the kernel needs.
    kernel: Option<Box<dyn Kernel>>,
}

impl Step {
    /// The tensors whose values are asked for when the node runs.
    fn reads(&self, graph: &Graph) -> impl Iterator<Item = TensorId> {
        let kernel = self.kernel.as_ref();
        let inputs = graph.node(self.node).inputs.iter().enumerate();
        inputs
            .filter(move |&(index, _)| kernel.is_none_or(|kernel| kernel.reads(index)))
            .filter_map(|(_, &input)| input)
    }
}

/// The nodes of a partition with all that stays the same from one invocation to the next.
struct CompiledNodes {
    graph_index: usize,
    graph: Arc<Graph>,
    memory_limit: usize,
    inputs: Vec<TensorId>,
    outputs: Vec<TensorId>,
    /// The shapes that are known before an invocation.
    shapes: Vec<Option<Shape>>,
    /// Empty slots, which each executable fills for itself.
    arena: Arena,
    custom_ops: Arc<CustomOps>,
    steps: Vec<Step>,
    /// The values of tensors that follow from constants.
    folded: Vec<Option<Value>>,
    expanded_float32_bytes: u64,
}

impl Compiled for CompiledNodes {
    fn instantiate(self: Arc<Self>) -> Result<Box<dyn Executable>, CompileError> {
        Ok(Box::new(ReferenceExecutable {
            shapes: self.shapes.clone(),
            arena: self.arena.clone(),
            times: None,
            compiled: self,
        }))
    }
}

struct ReferenceExecutable {
    compiled: Arc<CompiledNodes>,
    shapes: Vec<Option<Shape>>,
    arena: Arena,
    /// The time of each step, where it is measured.
    times: Option<Vec<Duration>>,
}

/// The value of a tensor that does not change between invocations.
fn constant<'a>(
    graph: &'a Graph,
    folded: &'a [Option<Value>],
    tensor: TensorId,
) -> Option<View<'a>> {
    let constant = graph.tensor(tensor).constant_view();
    constant.or_else(|| folded[tensor.0].as_ref().map(Value::view))
}

/// The values at hand in the middle of an invocation.
struct Values<'a> {
    graph: &'a Graph,
    custom_ops: &'a CustomOps,
    folded: &'a [Option<Value>],
    arena: &'a Arena,
    input_ids: &'a [TensorId],
    inputs: &'a [View<'a>],
    variables: &'a Variables,
    memory_limit: usize,
}

impl ValueSource for Values<'_> {
    fn value(&self, tensor: TensorId) -> Option<View<'_>> {
        let fed = self.input_ids.iter().position(|&id| id == tensor);
        fed.map(|index| self.inputs[index])
            .or_else(|| constant(self.graph, self.folded, tensor))
            .or_else(|| self.arena.value(tensor))
            .or_else(|| self.variables.read(tensor))
    }
}

/// Looks at a tensor that was just written.
type Observe<'a> = dyn FnMut(TensorId, View<'_>) + 'a;

impl ReferenceExecutable {
    fn run(&mut self, io: &mut Io<'_>, observe: &mut Observe<'_>) -> Result<(), RunError> {
        let compiled = Arc::clone(&self.compiled);
        for (id, view) in compiled.inputs.iter().zip(io.inputs) {
            if self.shapes[id.0].as_ref() != Some(view.shape()) {
                self.shapes[id.0] = Some(view.shape().clone());
            }
        }
        for index in 0..compiled.steps.len() {
            let started = self.times.is_some().then(Instant::now);
            self.run_step(index, io.inputs, io.state, observe)?;
            if let (Some(times), Some(started)) = (&mut self.times, started) {
                times[index] = started.elapsed();
            }
        }
        for (id, output) in compiled.outputs.iter().zip(io.outputs.iter_mut()) {
            match constant(&compiled.graph, &compiled.folded, *id) {
                Some(view) => output.assign(view)?,
                None => self.arena.swap(*id, output),
            }
        }
        Ok(())
    }

    fn run_step(
        &mut self,
        index: usize,
        inputs: &[View<'_>],
        state: &mut State,
        observe: &mut Observe<'_>,
    ) -> Result<(), RunError> {
        let compiled = &*self.compiled;
        let step = &compiled.steps[index];
        let (node, graph, graph_index) = (step.node, &*compiled.graph, compiled.graph_index);
        let mut outputs = self.arena.take(&graph.node(node).outputs)?;
        let mut variables = Variables::take(graph, graph_index, node, state, &mut self.shapes)?;
        let mut changed = std::mem::take(&mut variables.changed);
        let values = Values {
            graph,
            custom_ops: &compiled.custom_ops,
            folded: &compiled.folded,
            arena: &self.arena,
            input_ids: &compiled.inputs,
            inputs,
            variables: &variables,
            memory_limit: compiled.memory_limit,
        };
        let result = run_node(
            &values,
            &mut self.shapes,
            step,
            &mut outputs,
            &mut changed,
            (state, graph_index),
        );
        if result.is_ok() {
            let node = graph.node(node);
            for (&id, output) in std::iter::zip(&node.outputs, &outputs) {
                observe(id, output.view());
            }
            for (id, variable) in std::iter::zip(&node.inputs, &changed) {
                if let (Some(id), Some(variable)) = (id, variable) {
                    observe(*id, variable.view());
                }
            }
        }
        self.arena.put(&graph.node(node).outputs, outputs);
        variables.changed = changed;
        variables.put(graph, graph_index, node, state);
        result.map_err(|unprepared| match unprepared {
            NodeError::Op(reason) => RunError::Node {
                node,
                op: graph.node(node).op.name().to_owned(),
                reason,
            },
            NodeError::Rejected(reason) => RunError::Rejected {
                node,
                op: graph.node(node).op.name().to_owned(),
                reason,
            },
        })
    }
}

enum NodeError {
    Op(OpError),
    Rejected(Reject),
}

impl From<OpError> for NodeError {
    fn from(error: OpError) -> Self {
        NodeError::Op(error)
    }
}

fn context<'a>(
    values: &'a Values<'_>,
    node: NodeId,
    shapes: &'a [Option<Shape>],
) -> NodeContext<'a> {
    NodeContext::new(values.graph, node, shapes).with_values(values)
}

fn run_node(
    values: &Values<'_>,
    shapes: &mut [Option<Shape>],
    step: &Step,
    outputs: &mut [Value],
    variables: &mut [Option<Value>],
    (state, graph_index): (&mut State, usize),
) -> Result<(), NodeError> {
    let node = values.graph.node(step.node);
    let prepared;
    let kernel = match &step.kernel {
        Some(kernel) => kernel,
        None => {
            let inferred = infer(
                &context(values, step.node, shapes),
                values.custom_ops,
                state,
            )?;
            for (id, shape) in node.outputs.iter().zip(inferred) {
                expect_memory(values.graph.tensor(*id).dtype, &shape, values.memory_limit)?;
                shapes[id.0] = Some(shape);
            }
            prepared = prepare(&context(values, step.node, shapes), values.custom_ops).map_err(
                |unprepared| match unprepared {
                    Unprepared::Unknown => NodeError::Rejected(Reject::unsupported(
                        "it needs a value that nothing computes before it",
                    )),
                    Unprepared::Rejected(reason) => NodeError::Rejected(reason),
                },
            )?;
            &prepared
        }
    };
    for (id, output) in node.outputs.iter().zip(outputs.iter_mut()) {
        let shape = shapes[id.0].as_ref().ok_or(OpError::Unknown { index: 0 })?;
        output
            .reset(values.graph.tensor(*id).dtype, shape)
            .map_err(OpError::from)?;
    }
    let inputs: Vec<Option<View<'_>>> = node
        .inputs
        .iter()
        .map(|id| id.and_then(|id| values.value(id)))
        .collect();
    kernel.run(&mut KernelIo {
        inputs: &inputs,
        outputs,
        variables,
        state,
        node: (graph_index, step.node),
    })?;
    // How long strings are shows afterwards.
    for output in outputs.iter() {
        if output.dtype() == DataType::String && output.bytes().len() > values.memory_limit {
            return Err(beyond_memory(output.shape(), values.memory_limit).into());
        }
    }
    Ok(())
}

/// Checks that a tensor whose shape the invocation showed keeps to the session's limit.
fn expect_memory(dtype: DataType, shape: &Shape, limit: usize) -> Result<(), OpError> {
    let elements = shape.checked_elements();
    let bytes = elements.and_then(|elements| match dtype {
        // Where each string begins.
        DataType::String => elements.checked_mul(4),
        _ => dtype.bytes_for(elements),
    });
    if bytes.is_some_and(|bytes| bytes <= limit) || dtype == DataType::Variant {
        return Ok(());
    }
    Err(beyond_memory(shape, limit))
}

fn beyond_memory(shape: &Shape, limit: usize) -> OpError {
    OpError::rule(format!(
        "its output of shape {shape} passes the session's memory limit of {limit} bytes"
    ))
}

impl Executable for ReferenceExecutable {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        self.run(io, &mut |_, _| ())
    }

    fn as_observable(&mut self) -> Option<&mut dyn Observable> {
        Some(self)
    }

    fn counters(&self) -> Counters {
        let kernels = self
            .compiled
            .steps
            .iter()
            .filter_map(|step| step.kernel.as_ref());
        let packed: usize = kernels.map(|kernel| kernel.weight_bytes()).sum();
        let folded = self.compiled.folded.iter().flatten();
        let folded: usize = folded.map(|value| value.bytes().len()).sum();
        Counters {
            weight_bytes: (packed + folded) as u64,
            expanded_float32_bytes: self.compiled.expanded_float32_bytes,
            arena_bytes: self.arena.bytes() as u64,
            ..Counters::default()
        }
    }

    fn set_profiling(&mut self, enabled: bool) -> bool {
        self.times = enabled.then(|| vec![Duration::ZERO; self.compiled.steps.len()]);
        enabled
    }

    fn node_times(&self) -> Vec<(NodeId, Duration)> {
        let nodes = self.compiled.steps.iter().map(|step| step.node);
        nodes.zip(self.times.iter().flatten().copied()).collect()
    }
}

impl Observable for ReferenceExecutable {
    fn invoke_observed(
        &mut self,
        io: &mut Io<'_>,
        observe: &mut dyn FnMut(TensorId, View<'_>),
    ) -> Result<(), RunError> {
        self.run(io, observe)
    }
}
