//! The course of a file through everything that a user's would go through.

use std::sync::Arc;

use demilite_core::{
    CompileError, DataType, Delegate, Graph, Model, Op, Reject, RunError, Session, Shape, TensorId,
    Value, ValueError,
};

use super::allocation::peak_bytes;

/// Bytes that all tensors of a damaged model may take.
const TENSOR_LIMIT: usize = 1 << 20;

/// Multiplications that a damaged model may ask for and still be run.
const WORK_LIMIT: u128 = 5_000_000;

/// Signatures of a damaged model that are tried.
const SIGNATURES: usize = 3;

/// Rounds that the loops of a damaged model may make.
const ROUND_LIMIT: u64 = 100;

/// Bytes that reading may take for each byte of the file, and once.
const BYTES_PER_BYTE: usize = 64;
const BYTES_ONCE: usize = 1 << 20;

/// How far a file came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    Refused,
    Loaded,
    Built,
    Ran,
}

/// Reads, and as far as it goes compiles and runs a file on the reference.
pub(crate) fn put_to_the_test(file: &[u8]) -> Result<Reached, String> {
    let (model, peak) = peak_bytes(|| Model::from_bytes(file, "damaged"));
    let allowed = BYTES_ONCE + BYTES_PER_BYTE * file.len();
    if peak > allowed {
        return Err(format!(
            "reading {} bytes took {peak}, over {allowed}",
            file.len()
        ));
    }
    let Ok(model) = model else {
        return Ok(Reached::Refused);
    };
    let reference: Arc<dyn Delegate> = Arc::new(demilite_custom_ops::reference());
    let delegates = [reference];
    let model = Arc::new(model);
    let reached = built_and_run(&model, None, &delegates).reached;
    for signature in model.signatures().iter().take(SIGNATURES) {
        built_and_run(&model, Some(&signature.key), &delegates);
    }
    Ok(reached)
}

/// What became of a model on its way.
pub(crate) struct Course {
    /// How far it came.
    pub(crate) reached: Reached,
    /// What it gave, where it ran.
    pub(crate) outputs: Vec<Value>,
    /// What the device has to say, where that ended it.
    pub(crate) device_fault: Option<String>,
    /// Whether the last delegate lacks a kernel for a node, which says nothing against the model.
    pub(crate) is_unsupported: bool,
    /// Why it ended, where it did not run.
    pub(crate) reason: String,
    /// Nodes of the first delegate.
    pub(crate) nodes: usize,
}

impl Course {
    fn ended(reached: Reached, reason: impl ToString) -> Self {
        Course {
            reached,
            outputs: Vec::new(),
            device_fault: None,
            is_unsupported: false,
            reason: reason.to_string(),
            nodes: 0,
        }
    }
}

/// Compiles a model and runs its first graph, or that of a signature; 8-bit inputs are a pattern, others zeros.
pub(crate) fn built_and_run(
    model: &Arc<Model>,
    signature: Option<&str>,
    delegates: &[Arc<dyn Delegate>],
) -> Course {
    let builder = Session::builder(Arc::clone(model));
    let builder = builder.delegates(delegates.iter().cloned());
    let builder = match signature {
        Some(key) => builder.signature(key),
        None => builder,
    };
    let builder = builder.memory_limit(TENSOR_LIMIT).round_limit(ROUND_LIMIT);
    let mut session = match builder.build() {
        Ok(session) => session,
        Err(error) => {
            return Course {
                device_fault: is_fault_of_build(&error).then(|| error.to_string()),
                is_unsupported: matches!(
                    &error,
                    CompileError::NoDelegate { rejections, .. }
                        if matches!(rejections.last(), Some((_, Reject::Unsupported(_))))
                ),
                ..Course::ended(Reached::Loaded, error)
            };
        }
    };
    let nodes = session.plan().compute_nodes(0);
    let (graph, shapes) = (session.graph(), session.input_shapes());
    let work = work(graph, session.shapes());
    if work.is_none_or(|work| work > WORK_LIMIT) {
        return Course::ended(Reached::Built, "it is not small");
    }
    let fed = std::iter::zip(graph.inputs(), shapes);
    let fed: Result<Vec<Value>, _> = fed
        .map(|(&id, shape)| fed_value(graph.tensor(id).dtype, shape))
        .collect();
    let values = match fed {
        Ok(values) => values,
        Err(error) => return Course::ended(Reached::Built, error),
    };
    let result = match signature {
        None => session.run(&values),
        Some(_) => {
            let names = session.input_names().to_vec();
            let outputs = session.run_named(std::iter::zip(names, values).collect());
            outputs.map(|outputs| outputs.into_values().collect())
        }
    };
    match result {
        Ok(outputs) => Course {
            outputs,
            nodes,
            ..Course::ended(Reached::Ran, "")
        },
        Err(error) => Course {
            device_fault: is_fault_of_run(&error).then(|| error.to_string()),
            ..Course::ended(Reached::Built, error)
        },
    }
}

/// Whether it was the device that failed, in a graph that is called too.
fn is_fault_of_build(error: &CompileError) -> bool {
    match error {
        CompileError::Device { .. } => true,
        CompileError::Called { reason, .. } | CompileError::FixedShape { reason, .. } => {
            is_fault_of_build(reason)
        }
        _ => false,
    }
}

fn is_fault_of_run(error: &RunError) -> bool {
    match error {
        RunError::Device { .. } => true,
        RunError::Called { reason, .. } => is_fault_of_run(reason),
        RunError::Compile { reason } => is_fault_of_build(reason),
        _ => false,
    }
}

fn fed_value(dtype: DataType, shape: &Shape) -> Result<Value, ValueError> {
    let mut value = Value::zeros(dtype, shape.clone())?;
    if matches!(dtype, DataType::Int8 | DataType::UInt8) {
        for (index, byte) in value.bytes_mut().iter_mut().enumerate() {
            *byte = (index as u8).wrapping_mul(37).wrapping_add(11);
        }
    }
    Ok(value)
}

/// About how many multiplications a graph asks for, where all shapes are known and small, without those of custom ops
/// and of the graphs that it calls.
fn work(graph: &Graph, shapes: &[Option<Shape>]) -> Option<u128> {
    let elements = |id: TensorId| Some(shapes[id.0].as_ref()?.checked_elements()? as u128);
    graph.nodes().iter().try_fold(0, |total: u128, node| {
        if matches!(node.op, Op::ControlFlow(_) | Op::Custom(_)) {
            return Some(total);
        }
        let written = node
            .outputs
            .iter()
            .map(|&id| elements(id))
            .sum::<Option<u128>>()?;
        let input = |index: usize| node.inputs.get(index).copied().flatten();
        let each = match &node.op {
            Op::Conv2d(_) | Op::FullyConnected(_) => {
                let weights = shapes[input(1)?.0].as_ref()?;
                weights
                    .iter()
                    .skip(1)
                    .map(|&extent| extent as u128)
                    .product()
            }
            Op::DepthwiseConv2d(_) => {
                let weights = shapes[input(1)?.0].as_ref()?;
                weights[1..3].iter().map(|&extent| extent as u128).product()
            }
            _ => {
                let read = node.inputs.iter().flatten();
                read.map(|&id| elements(id))
                    .sum::<Option<u128>>()?
                    .min(1 << 12)
            }
        };
        total.checked_add(written.checked_mul(each)?)
    })
}
