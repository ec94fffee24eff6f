//! Runs a graph of a model, split between delegates.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::delegate::{Counters, Delegate, Executable, Io, Partition};
use crate::error::{CompileError, RunError};
use crate::graph::{Graph, Specialized, specialize};
use crate::model::Model;
use crate::node::NodeId;
use crate::partition::{PartitionOptions, Plan, partition};
use crate::shape::Shape;
use crate::state::State;
use crate::tensor::TensorId;
use crate::value::{Value, View, byte_size};

/// Bytes that all computed tensors together may take unless the caller says otherwise: 4 GiB.
const DEFAULT_MEMORY_LIMIT: usize = 1 << 32;

/// What a session is made of.
#[derive(Clone)]
pub struct SessionBuilder {
    model: Arc<Model>,
    graph_index: usize,
    delegates: Vec<Arc<dyn Delegate>>,
    options: PartitionOptions,
    kept: Vec<TensorId>,
    resized: Vec<(usize, Shape)>,
    memory_limit: usize,
}

impl SessionBuilder {
    /// Adds a delegate, after those that it should come after in preference. The last one added
    /// takes what the others leave.
    pub fn delegate(mut self, delegate: Arc<dyn Delegate>) -> Self {
        self.delegates.push(delegate);
        self
    }

    /// Adds delegates, the first preferred.
    pub fn delegates(mut self, delegates: impl IntoIterator<Item = Arc<dyn Delegate>>) -> Self {
        self.delegates.extend(delegates);
        self
    }

    /// How the graph is split.
    pub fn partition_options(mut self, options: PartitionOptions) -> Self {
        self.options = options;
        self
    }

    /// Keeps an intermediate tensor, so that [`Session::kept`] has it after an invocation.
    pub fn keep(mut self, tensor: TensorId) -> Self {
        self.kept.push(tensor);
        self
    }

    /// Feeds input `index` with this shape instead of the file's.
    pub fn input_shape(mut self, index: usize, shape: impl Into<Shape>) -> Self {
        self.resized.push((index, shape.into()));
        self
    }

    /// Runs another graph of the model than its first.
    pub fn graph(mut self, graph_index: usize) -> Self {
        self.graph_index = graph_index;
        self
    }

    /// The most bytes that the tensors of the graph that are no constants may take together, as if
    /// none shared memory with another; a model that asks for more is refused.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// Splits the graph and compiles each partition.
    ///
    /// # Errors
    /// A [`CompileError`] that names the node, tensor or input.
    pub fn build(self) -> Result<Session, CompileError> {
        if self.delegates.is_empty() {
            return Err(CompileError::NoDelegates);
        }
        let graphs = self.model.graphs().len();
        let Some(graph) = self.model.graphs().get(self.graph_index) else {
            return Err(CompileError::NotFound {
                what: format!("graph {}", self.graph_index),
                available: format!("{graphs}"),
            });
        };
        let mut input_shapes: Vec<Shape> = graph
            .inputs()
            .iter()
            .map(|&id| graph.tensor(id).shape.clone())
            .collect();
        resize(&mut input_shapes, &self.resized)?;
        if let Some(tensor) = self.kept.iter().find(|id| id.0 >= graph.tensors().len()) {
            return Err(CompileError::NotFound {
                what: format!("tensor {tensor}"),
                available: format!("{} tensors", graph.tensors().len()),
            });
        }
        let prepared = Prepared::new(&self, &input_shapes)?;
        Ok(Session {
            values: prepared.kept_constants(&self.kept),
            builder: self,
            input_shapes,
            prepared,
            state: State::default(),
            profile: None,
        })
    }
}

fn resize(shapes: &mut [Shape], resized: &[(usize, Shape)]) -> Result<(), CompileError> {
    let inputs = shapes.len();
    for (index, shape) in resized {
        let slot = shapes.get_mut(*index).ok_or_else(|| CompileError::Input {
            index: *index,
            reason: format!("the graph has {inputs} inputs"),
        })?;
        *slot = shape.clone();
    }
    Ok(())
}

/// What hangs on the shapes of the inputs.
struct Prepared {
    graph: Graph,
    shapes: Vec<Option<Shape>>,
    plan: Plan,
    executables: Vec<Box<dyn Executable>>,
}

impl Prepared {
    fn new(builder: &SessionBuilder, input_shapes: &[Shape]) -> Result<Self, CompileError> {
        let model = &builder.model;
        let Specialized { graph, shapes } =
            specialize(model, builder.graph_index, input_shapes, &builder.delegates)?;
        check_memory(&graph, &shapes, builder.memory_limit)?;
        let plan = partition(
            &graph,
            &shapes,
            &builder.delegates,
            &builder.options,
            &builder.kept,
        )?;
        let executables = plan
            .partitions
            .iter()
            .map(|planned| {
                builder.delegates[planned.delegate].compile(&Partition {
                    model,
                    graph_index: builder.graph_index,
                    graph: &graph,
                    shapes: &shapes,
                    nodes: &planned.nodes,
                    inputs: &planned.inputs,
                    outputs: &planned.outputs,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Prepared {
            graph,
            shapes,
            plan,
            executables,
        })
    }
}

impl Prepared {
    /// A place for the value of each tensor, filled where a kept one is known already.
    fn kept_constants(&self, kept: &[TensorId]) -> Vec<Option<Value>> {
        let mut values = vec![None; self.graph.tensors().len()];
        for &id in kept {
            let constant = self.graph.tensor(id).constant_view();
            values[id.0] = constant.map(|view| view.to_value());
        }
        values
    }
}

fn check_memory(graph: &Graph, shapes: &[Option<Shape>], limit: usize) -> Result<(), CompileError> {
    let mut total = 0_usize;
    for (index, tensor) in graph.tensors().iter().enumerate() {
        let Some(shape) = shapes[index].as_ref().filter(|_| tensor.constant.is_none()) else {
            continue;
        };
        let bytes = byte_size(tensor.dtype, shape).unwrap_or(usize::MAX);
        total = total.saturating_add(bytes);
        if total > limit {
            return Err(CompileError::MemoryLimit {
                tensor: TensorId(index),
                name: tensor.name.clone(),
                shape: shape.clone(),
                bytes,
                limit,
            });
        }
    }
    Ok(())
}

/// Times of one invocation.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// How long each partition took, in the order of [`Plan::partitions`].
    pub partitions: Vec<Duration>,
    /// How long each node took, where its delegate measures that.
    pub nodes: Vec<(NodeId, Duration)>,
}

/// A graph of a model made ready to run.
///
/// A session is used by one thread at a time and can move between threads. Several sessions of
/// one model share its constants.
pub struct Session {
    builder: SessionBuilder,
    input_shapes: Vec<Shape>,
    prepared: Prepared,
    values: Vec<Option<Value>>,
    state: State,
    profile: Option<Profile>,
}

impl Session {
    /// Starts to describe a session of the model's first graph.
    pub fn builder(model: Arc<Model>) -> SessionBuilder {
        SessionBuilder {
            model,
            graph_index: 0,
            delegates: Vec::new(),
            options: PartitionOptions::default(),
            kept: Vec::new(),
            resized: Vec::new(),
            memory_limit: DEFAULT_MEMORY_LIMIT,
        }
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model> {
        &self.builder.model
    }

    /// The graph that the session runs.
    pub fn graph(&self) -> &Graph {
        &self.builder.model.graphs()[self.builder.graph_index]
    }

    /// The shapes of the inputs that the session is ready for.
    pub fn input_shapes(&self) -> &[Shape] {
        &self.input_shapes
    }

    /// The shape of each tensor, where it is known before an invocation.
    pub fn shapes(&self) -> &[Option<Shape>] {
        &self.prepared.shapes
    }

    /// Who runs which node, and why not the others.
    pub fn plan(&self) -> &Plan {
        &self.prepared.plan
    }

    /// What each partition's executable holds and moves, in the order of [`Plan::partitions`].
    pub fn counters(&self) -> Vec<Counters> {
        let executables = self.prepared.executables.iter();
        executables
            .map(|executable| executable.counters())
            .collect()
    }

    /// Bytes that one invocation hands from one partition to another, to or from the caller.
    pub fn boundary_bytes(&self) -> u64 {
        let bytes = |id: &TensorId| {
            let shape = self.prepared.shapes[id.0].as_ref()?;
            byte_size(self.graph().tensor(*id).dtype, shape).ok()
        };
        let partitions = self.prepared.plan.partitions.iter();
        partitions
            .flat_map(|partition| partition.inputs.iter().chain(&partition.outputs))
            .filter_map(bytes)
            .sum::<usize>() as u64
    }

    /// Makes the session ready for other shapes of some inputs. Variables keep their values.
    ///
    /// # Errors
    /// A [`CompileError`]; the session then stays ready for the shapes it had.
    pub fn resize_inputs(&mut self, resized: &[(usize, Shape)]) -> Result<(), CompileError> {
        let mut input_shapes = self.input_shapes.clone();
        resize(&mut input_shapes, resized)?;
        if input_shapes == self.input_shapes {
            return Ok(());
        }
        let mut prepared = Prepared::new(&self.builder, &input_shapes)?;
        if self.profile.is_some() {
            enable_profiling(&mut prepared.executables, true);
        }
        self.values = prepared.kept_constants(&self.builder.kept);
        self.prepared = prepared;
        self.input_shapes = input_shapes;
        Ok(())
    }

    /// Forgets the values of variables.
    pub fn reset_state(&mut self) {
        self.state.reset();
    }

    /// Turns the measuring of each node's time on or off.
    pub fn set_profiling(&mut self, enabled: bool) {
        enable_profiling(&mut self.prepared.executables, enabled);
        self.profile = enabled.then(Profile::default);
    }

    /// The times of the last invocation, where profiling is on.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// The value of a kept tensor after an invocation.
    pub fn kept(&self, tensor: TensorId) -> Option<&Value> {
        self.values.get(tensor.0)?.as_ref()
    }

    /// Runs the graph once and returns its outputs in the graph's order.
    ///
    /// # Errors
    /// A [`RunError`] that names the input or node.
    pub fn run(&mut self, inputs: &[Value]) -> Result<Vec<Value>, RunError> {
        self.check_inputs(inputs)?;
        for index in 0..self.prepared.plan.partitions.len() {
            self.run_partition(index, inputs)?;
        }
        if let Some(profile) = &mut self.profile {
            let executables = self.prepared.executables.iter();
            profile.nodes = executables.flat_map(|each| each.node_times()).collect();
        }
        let graph = &self.prepared.graph;
        let outputs = graph.outputs().iter();
        Ok(outputs
            .filter_map(|&id| Some(value_of(graph, &self.values, inputs, id)?.to_value()))
            .collect())
    }

    fn check_inputs(&self, inputs: &[Value]) -> Result<(), RunError> {
        let graph = self.graph();
        if inputs.len() != graph.inputs().len() {
            return Err(RunError::InputCount {
                expected: graph.inputs().len(),
                actual: inputs.len(),
            });
        }
        for (index, (value, &id)) in std::iter::zip(inputs, graph.inputs()).enumerate() {
            let tensor = graph.tensor(id);
            if value.dtype() != tensor.dtype || *value.shape() != self.input_shapes[index] {
                return Err(RunError::Input {
                    index,
                    name: tensor.name.clone(),
                    expected_dtype: tensor.dtype,
                    expected_shape: self.input_shapes[index].clone(),
                    dtype: value.dtype(),
                    shape: value.shape().clone(),
                });
            }
        }
        Ok(())
    }

    fn run_partition(&mut self, index: usize, inputs: &[Value]) -> Result<(), RunError> {
        let started = Instant::now();
        let graph = &self.prepared.graph;
        let planned = &self.prepared.plan.partitions[index];
        let mut outputs = Vec::with_capacity(planned.outputs.len());
        for id in &planned.outputs {
            let dtype = graph.tensor(*id).dtype;
            let shape = self.prepared.shapes[id.0].clone().unwrap_or_default();
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
        let result = self.prepared.executables[index].invoke(&mut Io {
            inputs: &views,
            outputs: &mut outputs,
            state: &mut self.state,
        });
        for (id, value) in std::iter::zip(&planned.outputs, outputs) {
            self.values[id.0] = Some(value);
        }
        if let Some(profile) = &mut self.profile {
            profile
                .partitions
                .resize(self.prepared.plan.partitions.len(), Duration::ZERO);
            profile.partitions[index] = started.elapsed();
        }
        result
    }
}

/// The value of a tensor that a partition or the caller reads. A validated graph has one for each
/// tensor that is read after the partitions before it ran.
fn value_of<'a>(
    graph: &'a Graph,
    values: &'a [Option<Value>],
    inputs: &'a [Value],
    id: TensorId,
) -> Option<View<'a>> {
    if let Some(index) = graph.inputs().iter().position(|&input| input == id) {
        return Some(inputs[index].view());
    }
    let constant = graph.tensor(id).constant_view();
    constant.or_else(|| values[id.0].as_ref().map(Value::view))
}

fn enable_profiling(executables: &mut [Box<dyn Executable>], enabled: bool) {
    for executable in executables {
        executable.set_profiling(enabled);
    }
}
