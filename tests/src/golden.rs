//! Models with inputs whose outputs are known.
//!
//! A golden is `NAME.tflite` beside `NAME.npz`, which holds `in0`, `in1`, … in the order of the
//! model's inputs and `out0`, `out1`, … in the order of its outputs. A `trace.json` beside them says
//! what each op of the runtime that made the golden wrote: see [`trace`](crate::trace).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use demilite::npz::{NpzError, read_numbered};
use demilite_core::graph::infer_shapes;
use demilite_core::op::Activation;
use demilite_core::{
    CompileError, DataType, Delegate, Graph, GraphError, LoadError, Model, NodeContext, Op, Reject,
    RunError, Session, SessionBuilder, Shape, Value,
};

use crate::compare::{Difference, Tolerance, compare};
use crate::trace::{Trace, TraceDifference, TraceError};

/// A model with inputs and the outputs that belong to them.
pub struct Golden {
    name: String,
    model: Arc<Model>,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
    trace: Option<Trace>,
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
    /// What lies beside the model as a trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
}

/// Why a golden does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GoldenFailure {
    /// The model cannot be made ready to run.
    #[error("{model}: {source}")]
    Compile {
        /// The golden's name.
        model: String,
        /// Why not.
        source: CompileError,
    },
    /// The model does not run.
    #[error("{model}: {source}")]
    Run {
        /// The golden's name.
        model: String,
        /// Why not.
        source: RunError,
    },
    /// Another number of outputs.
    #[error("{model}: {actual} outputs where {expected} are expected")]
    Count {
        /// The golden's name.
        model: String,
        /// How many came out.
        actual: usize,
        /// How many should have.
        expected: usize,
    },
    /// Another output.
    #[error("{model}: output {index} ({name:?}): {difference}{}", first_op(.first))]
    Differs {
        /// The golden's name.
        model: String,
        /// The place among the outputs.
        index: usize,
        /// The output's name.
        name: String,
        /// How it differs.
        difference: Box<Difference>,
        /// The first op that wrote something else than the trace says, where there is one.
        first: Option<Box<TraceDifference>>,
    },
}

fn first_op(first: &Option<Box<TraceDifference>>) -> String {
    match first {
        Some(first) => format!("; the first op that differs: {first}"),
        None => String::new(),
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

/// The models of a folder, and of the folders in it, that have an `.npz` of the same name beside
/// them, sorted.
///
/// # Errors
/// The operating system's, where a folder cannot be read.
pub fn goldens_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(goldens_in(&path)?);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "tflite")
            && path.with_extension("npz").is_file()
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

impl Golden {
    /// Reads a model with the `.npz` of its name and the `trace.json` of its folder.
    ///
    /// # Errors
    /// A [`GoldenError`] that names the file.
    pub fn open(model: impl AsRef<Path>) -> Result<Self, GoldenError> {
        let path = model.as_ref();
        let model = Model::open(path)?;
        let graph = &model.graphs()[0];
        let npz = path.with_extension("npz");
        let trace = path.with_file_name("trace.json");
        Ok(Golden {
            name: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            inputs: read_numbered(&npz, "in", graph.inputs().len())?,
            outputs: read_numbered(&npz, "out", graph.outputs().len())?,
            trace: trace.is_file().then(|| Trace::open(&trace)).transpose()?,
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
        let builder =
            Session::builder(Arc::clone(&self.model)).delegates(delegates.iter().cloned());
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

    /// Runs the model once and holds its outputs against the golden's. Returns, for each output,
    /// the largest distance between two elements.
    ///
    /// # Errors
    /// A [`GoldenFailure`] that names the output, and where there is a trace the first op that wrote
    /// something else.
    pub fn check(
        &self,
        delegates: &[Arc<dyn Delegate>],
        tolerance: Tolerance,
    ) -> Result<Vec<f64>, GoldenFailure> {
        let compile = |source| GoldenFailure::Compile {
            model: self.name.clone(),
            source,
        };
        let run = |source| GoldenFailure::Run {
            model: self.name.clone(),
            source,
        };
        let mut session = self.session(delegates).build().map_err(compile)?;
        let outputs = session.run(&self.inputs).map_err(run)?;
        if outputs.len() != self.outputs.len() {
            return Err(GoldenFailure::Count {
                model: self.name.clone(),
                actual: outputs.len(),
                expected: self.outputs.len(),
            });
        }
        let mut largest = Vec::new();
        for (index, (actual, expected)) in std::iter::zip(&outputs, &self.outputs).enumerate() {
            match compare(actual.view(), expected.view(), tolerance) {
                Ok(distance) => largest.push(distance),
                Err(difference) => {
                    let id = self.graph().outputs()[index];
                    return Err(GoldenFailure::Differs {
                        model: self.name.clone(),
                        index,
                        name: self.graph().tensor(id).name.clone(),
                        difference: Box::new(difference),
                        first: self.first_difference(delegates, tolerance)?.map(Box::new),
                    });
                }
            }
        }
        Ok(largest)
    }

    /// The first op that writes something else than the golden's trace says.
    fn first_difference(
        &self,
        delegates: &[Arc<dyn Delegate>],
        tolerance: Tolerance,
    ) -> Result<Option<TraceDifference>, GoldenFailure> {
        let Some(trace) = &self.trace else {
            return Ok(None);
        };
        let written = self.graph().nodes().iter().flat_map(|node| &node.outputs);
        let builder = written.fold(self.session(delegates), |builder, &id| builder.keep(id));
        let mut session = builder.build().map_err(|source| GoldenFailure::Compile {
            model: self.name.clone(),
            source,
        })?;
        session
            .run(&self.inputs)
            .map_err(|source| GoldenFailure::Run {
                model: self.name.clone(),
                source,
            })?;
        Ok(trace.first_difference(&session, tolerance))
    }
}

/// How close the reference backend comes to LiteRT's reference kernels on this graph.
///
/// Float sums run in the same order on both, so that all but two kinds of graph are equal to the
/// bit: where a function of a mathematics library takes part (`exp`, `tanh`, …), whose last bits are
/// each library's own, 4 steps or 10⁻⁶; where weights are quantized and activations are not
/// (dynamic range), 10⁻⁶ of the value.
pub fn reference_tolerance(graph: &Graph) -> Tolerance {
    if is_dynamic_range(graph) {
        return Tolerance {
            absolute: 1e-6,
            relative: 1e-6,
            ulps: 4,
        };
    }
    if graph
        .nodes()
        .iter()
        .any(|node| uses_mathematics_library(&node.op))
    {
        return Tolerance {
            absolute: 1e-6,
            relative: 0.0,
            ulps: 4,
        };
    }
    Tolerance::EXACT
}

/// Whether a graph has float activations on quantized weights: they are quantized in each
/// invocation, so that the last bit of a float can move an integer by a whole step.
pub fn is_dynamic_range(graph: &Graph) -> bool {
    graph.nodes().iter().any(|node| {
        let dtype = |index: usize| {
            let id = node.inputs.get(index).copied().flatten()?;
            Some(graph.tensor(id).dtype)
        };
        dtype(0) == Some(DataType::Float32) && dtype(1) == Some(DataType::Int8)
    })
}

fn uses_mathematics_library(op: &Op) -> bool {
    const NAMES: &[&str] = &[
        "SOFTMAX",
        "LOGISTIC",
        "TANH",
        "LOG_SOFTMAX",
        "EXP",
        "LOG",
        "GELU",
        "SIN",
        "COS",
        "POW",
        "ATAN2",
        "ELU",
        "RSQRT",
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
    ];
    let activation = match op {
        Op::Conv2d(op) => op.activation,
        Op::DepthwiseConv2d(op) => op.activation,
        Op::FullyConnected(op) => op.activation,
        _ => Activation::None,
    };
    activation == Activation::Tanh || NAMES.contains(&op.name())
}
