//! Models with inputs whose outputs are known.
//!
//! A golden is `NAME.tflite` beside `NAME.npz`, or `model.tflite` beside `inputs.npz` and
//! `expected.npz`. The archives hold `in0`, `in1`, … in the order of the inputs of the model's first
//! graph and `out0`, `out1`, … in the order of its outputs. A `trace.json` beside them says what each
//! op of the runtime that made the golden wrote: see [`trace`](crate::trace). A `MANIFEST.tsv` in the
//! same folder or the one above may say in the columns `id` and `golden_kernels` which of LiteRT's
//! kernels that were: `ref` for the reference kernels, anything else for optimized ones, to which
//! floats are held within the bound of [`ModelTruth`].

mod float_twin;
mod folder;
mod model_bound;
mod precision;
mod rounding_twin;
mod run;
mod tolerance;

use std::path::Path;
use std::sync::Arc;

use demilite::npz::{NpzError, NpzReader, read_numbered};
use demilite_core::graph::infer_shapes;
use demilite_core::{
    CompileError, DataType, Delegate, Graph, GraphError, LoadError, Model, NodeContext, Op, Reject,
    RunError, Session, SessionBuilder, Shape, TensorId, Value,
};

use crate::compare::{Difference, Distance, Tolerance, compare};
use crate::trace::{Trace, TraceDifference, TraceError};

pub use float_twin::float_twin;
pub use folder::{Archives, Found, archives, find, goldens_in};
pub use model_bound::{ModelBound, ModelTruth};
pub use precision::precision;
pub use rounding_twin::{MAGNIFICATION, half_twin, moved_half_twin, moved_twin};
pub use run::{GoldenOptions, run};
pub use tolerance::{is_dynamic_range, model_tolerance, reference_tolerance};

/// Rounds of loops beyond which an invocation is taken for one without an end.
const ROUND_LIMIT: u64 = 1_000_000;

/// A model with inputs and the outputs that belong to them.
#[derive(Debug)]
pub struct Golden {
    name: String,
    model: Arc<Model>,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
    trace: Option<Result<Trace, TraceError>>,
}

/// Why a golden cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GoldenError {
    /// The model cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The inputs or outputs cannot be read.
    #[error(transparent)]
    Npz(#[from] NpzError),
    /// More arrays than the model has inputs or outputs.
    #[error("{path} has an array {array:?}, and of the model's {what} there are {count}")]
    Surplus {
        /// The archive.
        path: String,
        /// The first array that is too many.
        array: String,
        /// `inputs` or `outputs`.
        what: &'static str,
        /// How many the model has.
        count: usize,
    },
    /// An array of another type than the model's tensor.
    #[error("{path}: the array {array:?} holds {actual}, and the model's {tensor:?} {expected}")]
    Type {
        /// The archive.
        path: String,
        /// The array.
        array: String,
        /// Its type.
        actual: DataType,
        /// The tensor's name.
        tensor: String,
        /// The tensor's type.
        expected: DataType,
    },
}

/// Why a golden does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GoldenFailure {
    /// The model cannot be made ready to run.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The model does not run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Another number of outputs.
    #[error("{actual} outputs where {expected} are expected")]
    Count {
        /// How many came out.
        actual: usize,
        /// How many should have.
        expected: usize,
    },
    /// Another output.
    #[error("output {index} ({name:?}): {difference}{}", first_op(.first))]
    Differs {
        /// The place among the outputs.
        index: usize,
        /// The output's name.
        name: String,
        /// How it differs.
        difference: Box<Difference>,
        /// The first op that differs.
        first: FirstOp,
    },
    /// An output whose elements are within their bounds, and too many of them near the end of theirs.
    #[error(
        "output {index} ({name:?}): it lies {found:e} from the reference's in the root mean square, where roundings account \
         for {allowed:e}"
    )]
    Noise {
        /// The place among the outputs.
        index: usize,
        /// The output's name.
        name: String,
        /// The root mean square of the distances.
        found: f64,
        /// That which roundings account for.
        allowed: f64,
    },
}

/// Where a model begins to differ, as far as that is known.
#[derive(Debug)]
#[non_exhaustive]
pub enum FirstOp {
    /// There is no trace, or it agrees as far as it goes.
    Unknown,
    /// The first op that wrote something else than the trace says.
    Found(Box<TraceDifference>),
    /// What lies beside the model as a trace cannot be read.
    Unreadable(TraceError),
}

fn first_op(first: &FirstOp) -> String {
    match first {
        FirstOp::Unknown => String::new(),
        FirstOp::Found(first) => format!("; the first op that differs: {first}"),
        FirstOp::Unreadable(error) => format!("; no op can be named: {error}"),
    }
}

/// An op that keeps a delegate from a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingOp {
    /// The op's name.
    pub op: String,
    /// Whether this version types the op: then its type or shape is what is missing.
    pub is_typed: bool,
    /// Why the first such node was not taken.
    pub reason: Reject,
    /// How many nodes of this name were not taken.
    pub nodes: usize,
}

impl Golden {
    /// Reads a model with the archives that [`archives`] finds and the `trace.json` of its folder.
    ///
    /// # Errors
    /// A [`GoldenError`] that names the file.
    pub fn open(model: impl AsRef<Path>) -> Result<Self, GoldenError> {
        let path = model.as_ref();
        let model = Model::open(path)?;
        let graph = &model.graphs()[0];
        let npz = archives(path);
        let trace = path.with_file_name("trace.json");
        Ok(Golden {
            name: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            inputs: arrays(&npz.inputs, "in", "inputs", graph, graph.inputs())?,
            outputs: arrays(&npz.outputs, "out", "outputs", graph, graph.outputs())?,
            trace: trace.is_file().then(|| Trace::open(&trace)),
            model: Arc::new(model),
        })
    }

    /// The file's name without its extension.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The graph that the golden is of.
    pub fn graph(&self) -> &Graph {
        &self.model.graphs()[0]
    }

    /// The inputs.
    pub fn inputs(&self) -> &[Value] {
        &self.inputs
    }

    /// The outputs that belong to the inputs.
    pub fn outputs(&self) -> &[Value] {
        &self.outputs
    }

    /// The start of a session for the golden's inputs.
    pub fn session(&self, delegates: &[Arc<dyn Delegate>]) -> SessionBuilder {
        self.session_of(&self.model, delegates)
    }

    /// The start of a session of another model with the same inputs.
    pub fn session_of(
        &self,
        model: &Arc<Model>,
        delegates: &[Arc<dyn Delegate>],
    ) -> SessionBuilder {
        let builder = Session::builder(Arc::clone(model)).delegates(delegates.iter().cloned());
        let builder = builder.round_limit(ROUND_LIMIT);
        let inputs = self.inputs.iter().enumerate();
        inputs.fold(builder, |builder, (index, value)| {
            builder.input_shape(index, value.shape().clone())
        })
    }

    /// The ops that `delegate` does not take, each once.
    ///
    /// # Errors
    /// A [`GraphError`] where the inputs do not fit the model.
    pub fn missing_ops(&self, delegate: &dyn Delegate) -> Result<Vec<MissingOp>, GraphError> {
        let graph = self.graph();
        let inputs: Vec<Shape> = self
            .inputs
            .iter()
            .map(|value| value.shape().clone())
            .collect();
        let shapes = infer_shapes(graph, &inputs)?;
        let mut missing: Vec<MissingOp> = Vec::new();
        for id in graph.node_ids() {
            let node = NodeContext::new(graph, id, &shapes);
            let Err(reason) = delegate.supports(&node) else {
                continue;
            };
            match missing
                .iter_mut()
                .find(|missing| missing.op == node.op().name())
            {
                Some(missing) => missing.nodes += 1,
                None => missing.push(MissingOp {
                    op: node.op().name().to_owned(),
                    is_typed: !matches!(node.op(), Op::Unsupported(_) | Op::Custom(_)),
                    reason,
                    nodes: 1,
                }),
            }
        }
        Ok(missing)
    }

    /// Runs the model once and holds its outputs against the golden's. Returns how far apart they
    /// are.
    ///
    /// # Errors
    /// A [`GoldenFailure`] that names the output, and where there is a trace the first op that wrote
    /// something else.
    pub fn check(
        &self,
        delegates: &[Arc<dyn Delegate>],
        tolerance: Tolerance,
    ) -> Result<Distance, GoldenFailure> {
        let mut session = self.session(delegates).build()?;
        self.hold(&mut session, delegates, tolerance)
    }

    /// As [`Golden::check`], in a session that is ready.
    pub(crate) fn hold(
        &self,
        session: &mut Session,
        delegates: &[Arc<dyn Delegate>],
        tolerance: Tolerance,
    ) -> Result<Distance, GoldenFailure> {
        let outputs = session.run(&self.inputs)?;
        if outputs.len() != self.outputs.len() {
            return Err(GoldenFailure::Count {
                actual: outputs.len(),
                expected: self.outputs.len(),
            });
        }
        let mut distance = Distance::default();
        for (index, (actual, expected)) in std::iter::zip(&outputs, &self.outputs).enumerate() {
            match compare(actual.view(), expected.view(), tolerance) {
                Ok(compared) => distance = distance.with(compared),
                Err(difference) => {
                    let id = self.graph().outputs()[index];
                    return Err(GoldenFailure::Differs {
                        index,
                        name: self.graph().tensor(id).name.clone(),
                        difference: Box::new(difference),
                        first: self.first_op(delegates, tolerance),
                    });
                }
            }
        }
        Ok(distance)
    }

    /// The first op that writes something else than the golden's trace says.
    fn first_op(&self, delegates: &[Arc<dyn Delegate>], tolerance: Tolerance) -> FirstOp {
        let trace = match &self.trace {
            None => return FirstOp::Unknown,
            Some(Err(error)) => return FirstOp::Unreadable(error.clone()),
            Some(Ok(trace)) => trace,
        };
        let written = self.graph().nodes().iter().flat_map(|node| &node.outputs);
        let builder = written.fold(self.session(delegates), |builder, &id| builder.keep(id));
        // Where the session that keeps every tensor does not run, there is nothing to compare.
        let Ok(mut session) = builder.build() else {
            return FirstOp::Unknown;
        };
        if session.run(&self.inputs).is_err() {
            return FirstOp::Unknown;
        }
        match trace.first_difference(&session, tolerance) {
            None => FirstOp::Unknown,
            Some(difference) => FirstOp::Found(Box::new(difference)),
        }
    }
}

/// The arrays `{prefix}0`, … that belong to these tensors of a graph.
fn arrays(
    npz: &Path,
    prefix: &str,
    what: &'static str,
    graph: &Graph,
    tensors: &[TensorId],
) -> Result<Vec<Value>, GoldenError> {
    let path = || npz.display().to_string();
    let values = read_numbered(npz, prefix, tensors.len())?;
    for (index, (value, &id)) in std::iter::zip(&values, tensors).enumerate() {
        let tensor = graph.tensor(id);
        if value.dtype() != tensor.dtype {
            return Err(GoldenError::Type {
                path: path(),
                array: format!("{prefix}{index}"),
                actual: value.dtype(),
                tensor: tensor.name.clone(),
                expected: tensor.dtype,
            });
        }
    }
    let is_surplus = |name: &String| {
        let place = name.strip_prefix(prefix).map(str::parse::<usize>);
        matches!(place, Some(Ok(place)) if place >= tensors.len())
    };
    match NpzReader::open(npz)?.names().into_iter().find(is_surplus) {
        None => Ok(values),
        Some(array) => Err(GoldenError::Surplus {
            path: path(),
            array,
            what,
            count: tensors.len(),
        }),
    }
}
