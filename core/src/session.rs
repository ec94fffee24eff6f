//! Runs a graph of a model, split between delegates.

mod call;
mod compiled_graph;
mod compiler;
mod fault;
mod held;
mod interface;
mod invocation;
mod names;
mod repetition;
mod run;
mod specialization;
mod stream;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use compiled_graph::{CompiledGraph, Runner};
use compiler::Compiler;
pub use fault::{DeviceFault, OnDeviceFault};
pub use interface::TensorInfo;
pub use invocation::Observed;
use names::{Names, signature_graph};
use specialization::GivenInput;

use crate::delegate::{Counters, Delegate};
use crate::dtype::DataType;
use crate::error::CompileError;
use crate::graph::Graph;
use crate::ledger::LedgerEntry;
use crate::model::Model;
use crate::node::NodeId;
use crate::partition::{PartitionOptions, Plan};
use crate::shape::Shape;
use crate::state::State;
use crate::tensor::TensorId;
use crate::value::{Value, byte_size};

/// Bytes that all computed tensors together may take unless the caller says otherwise: 4 GiB, or half of a smaller address space.
const DEFAULT_MEMORY_LIMIT: usize = match 1_usize.checked_shl(32) {
    Some(bytes) => bytes,
    None => usize::MAX / 2,
};

/// What a session is made of.
#[derive(Debug, Clone)]
pub struct SessionBuilder {
    model: Arc<Model>,
    graph_index: usize,
    signature: Option<String>,
    delegates: Vec<Arc<dyn Delegate>>,
    options: PartitionOptions,
    kept: Vec<TensorId>,
    resized: Vec<(usize, Shape)>,
    memory_limit: usize,
    round_limit: u64,
    on_device_fault: OnDeviceFault,
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

    /// Runs the graph that a signature names, such as `serving_default`, and names its inputs and
    /// outputs as the signature does.
    pub fn signature(mut self, key: impl Into<String>) -> Self {
        self.signature = Some(key.into());
        self
    }

    /// The most bytes that the tensors of the graph and of those that it calls, but for constants,
    /// may take together, as if none shared memory with another; a model that asks for more is
    /// refused. A tensor whose shape only an invocation shows may take as much alone.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// The most rounds that the loops of a model, WHILE, make in one invocation, all together; more are an error. Without this
    /// a loop ends when its condition says so, which a file that means harm never does.
    pub fn round_limit(mut self, rounds: u64) -> Self {
        self.round_limit = rounds;
        self
    }

    /// What becomes of the nodes of a delegate whose device fails; without this they stay with it, and
    /// the build or the invocation fails.
    pub fn on_device_fault(mut self, policy: OnDeviceFault) -> Self {
        self.on_device_fault = policy;
        self
    }

    /// Splits the graph and compiles each partition.
    ///
    /// # Errors
    /// A [`CompileError`] that names the node, tensor or input.
    pub fn build(mut self) -> Result<Session, CompileError> {
        if self.delegates.is_empty() {
            return Err(CompileError::NoDelegates);
        }
        if let Some(key) = &self.signature {
            self.graph_index = signature_graph(&self.model, key)?;
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
        let mut names = Names::new(&self.model, self.graph_index, self.signature.as_deref())?;
        let compiled = self.compile(&input_shapes);
        let (compiled, faults) = compiled.map_err(|error| fixed(graph, &input_shapes, error))?;
        names.leave_out(graph, &compiled.held);
        Ok(Session {
            builder: self,
            names,
            input_shapes,
            compiled,
            faults,
            state: State::default(),
            profile: None,
        })
    }

    fn compile(
        &self,
        input_shapes: &[Shape],
    ) -> Result<(CompiledGraph, Vec<DeviceFault>), CompileError> {
        let given = |shape: &Shape| GivenInput {
            shape: Some(shape.clone()),
            constant: None,
        };
        let given: Vec<GivenInput> = input_shapes.iter().map(given).collect();
        let mut compiler = self.compiler();
        let mut compiled = compiler.compile(self.graph_index, &given, &self.kept)?;
        compiled.keep_constants(&self.kept);
        Ok((compiled, compiler.faults))
    }

    fn compiler(&self) -> Compiler<'_> {
        Compiler::new(
            &self.model,
            &self.delegates,
            &self.options,
            self.memory_limit,
            self.on_device_fault,
        )
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

/// What is wrong with these shapes of the inputs, with the first that the file fixes to another where it is the graph that does
/// not work out.
fn fixed(graph: &Graph, shapes: &[Shape], error: CompileError) -> CompileError {
    if !matches!(error, CompileError::Graph(_)) {
        return error;
    }
    let inputs = std::iter::zip(graph.inputs(), shapes).enumerate();
    for (index, (&id, shape)) in inputs {
        let tensor = graph.tensor(id);
        if !tensor.fits_signature(shape) {
            return CompileError::FixedShape {
                index,
                name: tensor.name.clone(),
                stated: tensor.shape.clone(),
                shape: shape.clone(),
                reason: Box::new(error),
            };
        }
    }
    error
}

/// The type of floats in which a node keeps float32 tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivationType {
    /// The graph of the node, by its place in the model.
    pub graph_index: usize,
    /// The node.
    pub node: NodeId,
    /// [`DataType::Float32`] or [`DataType::Float16`].
    pub dtype: DataType,
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
/// ```
#[doc = include_str!("../doc/relu.md")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // `Rectifier` is a delegate that runs RELU, and `relu` a graph of that op.
/// let model = Arc::new(Model::from_graph(relu()));
/// let mut session = Session::builder(model).delegate(Arc::new(Rectifier)).build()?;
/// assert_eq!(session.input_info(0).unwrap().name, "x");
///
/// let outputs = session.run(&[Value::from_slice([3], &[-1.0_f32, 0.0, 2.0])?])?;
/// assert_eq!(session.reals(0, &outputs[0])?, [0.0, 0.0, 2.0]);
/// # Ok(())
/// # }
/// ```
///
/// A session is used by one thread at a time and can move between threads. Sessions of one model
/// share the file's constants, and a [`Session::sibling`] all that was made of them.
pub struct Session {
    builder: SessionBuilder,
    names: Names,
    input_shapes: Vec<Shape>,
    compiled: CompiledGraph,
    faults: Vec<DeviceFault>,
    state: State,
    profile: Option<Profile>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("model", &self.builder.model.name())
            .field("graph_index", &self.builder.graph_index)
            .field("input_shapes", &self.input_shapes)
            .field("plan", &self.compiled.plan)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Starts to describe a session of the model's first graph.
    pub fn builder(model: Arc<Model>) -> SessionBuilder {
        SessionBuilder {
            model,
            graph_index: 0,
            signature: None,
            delegates: Vec::new(),
            options: PartitionOptions::default(),
            kept: Vec::new(),
            resized: Vec::new(),
            memory_limit: DEFAULT_MEMORY_LIMIT,
            round_limit: u64::MAX,
            on_device_fault: OnDeviceFault::default(),
        }
    }

    /// Another session of what this one compiled, ready for the same shapes: it shares whatever stays
    /// the same from one invocation to the next, constants above all, and has intermediate tensors
    /// and variables of its own, which begin as those of a new session do.
    ///
    /// # Errors
    /// A [`CompileError`] where a device has no memory left.
    pub fn sibling(&self) -> Result<Session, CompileError> {
        let mut compiler = self.builder.compiler();
        let mut compiled = self.compiled.instantiate(&mut compiler)?;
        compiled.keep_constants(&self.builder.kept);
        Ok(Session {
            faults: compiler.faults,
            builder: self.builder.clone(),
            names: self.names.clone(),
            input_shapes: self.input_shapes.clone(),
            compiled,
            state: State::default(),
            profile: None,
        })
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model> {
        &self.builder.model
    }

    /// The graph that the session runs.
    pub fn graph(&self) -> &Graph {
        &self.builder.model.graphs()[self.builder.graph_index]
    }

    /// The place of [`Session::graph`] in the model.
    pub fn graph_index(&self) -> usize {
        self.builder.graph_index
    }

    /// The shapes of the inputs that the session is ready for.
    pub fn input_shapes(&self) -> &[Shape] {
        &self.input_shapes
    }

    /// The shape of each tensor, where it is known before an invocation.
    pub fn shapes(&self) -> &[Option<Shape>] {
        &self.compiled.shapes
    }

    /// Who runs which node, and why not the others. Under [`OnDeviceFault::NextDelegate`] it changes
    /// where a device fails.
    pub fn plan(&self) -> &Plan {
        &self.compiled.plan
    }

    /// The devices that failed under [`OnDeviceFault::NextDelegate`] since the session was built, in the
    /// order in which they failed.
    pub fn faults(&self) -> &[DeviceFault] {
        &self.faults
    }

    /// What each partition's executable holds and moves, in the order of [`Plan::partitions`].
    pub fn counters(&self) -> Vec<Counters> {
        let executables = self.compiled.executables.iter();
        executables.map(Runner::counters).collect()
    }

    /// Nodes that a delegate computes together with another one, each with the one whose time in a
    /// [`Profile`] is theirs too. Graphs that are called are not among them.
    pub fn fusions(&self) -> Vec<(NodeId, NodeId)> {
        let executables = self.compiled.executables.iter();
        executables.flat_map(|runner| runner.fusions()).collect()
    }

    /// The type that each node which computes float32 tensors keeps them in, of the delegates that say
    /// so: see [`crate::Compiled::activation_types`]. Of nodes that are computed together, nothing but
    /// what the last one writes is rounded. The nodes of graphs that are called are among them, once for
    /// each call.
    pub fn activation_types(&self) -> Vec<ActivationType> {
        self.compiled.activation_types()
    }

    /// What an invocation of each partition moves through the memory of its device, in the order of [`Plan::partitions`]; nothing of
    /// delegates that do not count it, or of graphs that are called.
    pub fn ledger(&self) -> Vec<Vec<LedgerEntry>> {
        let executables = self.compiled.executables.iter();
        executables.map(Runner::ledger).collect()
    }

    /// Bytes that one invocation hands from one partition to another, to or from the caller.
    pub fn boundary_bytes(&self) -> u64 {
        let bytes = |id: &TensorId| {
            let shape = self.compiled.shapes[id.0].as_ref()?;
            byte_size(self.graph().tensor(*id).dtype, shape).ok()
        };
        let partitions = self.compiled.plan.partitions.iter();
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
        let compiled = self.builder.compile(&input_shapes);
        let (mut compiled, mut faults) =
            compiled.map_err(|error| fixed(self.graph(), &input_shapes, error))?;
        if self.profile.is_some() {
            compiled.set_profiling(true);
        }
        self.faults.append(&mut faults);
        self.compiled = compiled;
        self.input_shapes = input_shapes;
        Ok(())
    }

    /// Turns the measuring of each node's time on or off.
    pub fn set_profiling(&mut self, enabled: bool) {
        self.compiled.set_profiling(enabled);
        self.profile = enabled.then(Profile::default);
    }

    /// The times of the last invocation, where profiling is on.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// The value of a kept tensor after an invocation.
    pub fn kept(&self, tensor: TensorId) -> Option<&Value> {
        self.compiled.value(tensor)
    }
}
