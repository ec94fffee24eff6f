//! What each op of another runtime wrote, to find the first op that differs.
//!
//! A `trace.json` is a list of steps `{"op", "name", "out"}` in the order of execution; each tensor
//! in `out` has the index `tensor` that it has in the graph, `samples` of every `samples_stride`th
//! element, and unless it holds floats `sha256_16`, the first 16 hexadecimal digits of the SHA-256 of
//! its bytes.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use demilite_core::{DataType, Element, Session, TensorId, Value};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::compare::{Tolerance, compare};

/// What each op wrote, in the order of execution.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Trace {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Deserialize)]
struct Step {
    op: usize,
    name: String,
    #[serde(rename = "out")]
    outputs: Vec<Written>,
}

#[derive(Debug, Clone, Deserialize)]
struct Written {
    tensor: usize,
    sha256_16: Option<String>,
    #[serde(default)]
    samples: Vec<Option<f64>>,
    #[serde(default)]
    samples_stride: usize,
}

/// Why a trace cannot be read.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The file cannot be read.
    #[error("{path}: {reason}")]
    Io {
        /// The file.
        path: String,
        /// The operating system's reason.
        reason: Arc<std::io::Error>,
    },
    /// The file is not a trace.
    #[error("{path}: {reason}")]
    Json {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: Arc<serde_json::Error>,
    },
}

/// An op that wrote something else than a trace says.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceDifference {
    /// The op's place in the order of execution.
    pub op: usize,
    /// The op's name.
    pub name: String,
    /// The tensor that it wrote.
    pub tensor: TensorId,
    /// The tensor's name.
    pub tensor_name: String,
    /// How the tensor differs.
    pub reason: String,
}

impl fmt::Display for TraceDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TraceDifference {
            op,
            name,
            tensor,
            tensor_name,
            reason,
        } = self;
        write!(
            f,
            "#{op} ({name}) writes {tensor} ({tensor_name:?}): {reason}"
        )
    }
}

impl Trace {
    /// Reads a `trace.json`.
    ///
    /// # Errors
    /// A [`TraceError`] that names the file.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let text = std::fs::read_to_string(path).map_err(|reason| TraceError::Io {
            path: path.display().to_string(),
            reason: Arc::new(reason),
        })?;
        serde_json::from_str(&text).map_err(|reason| TraceError::Json {
            path: path.display().to_string(),
            reason: Arc::new(reason),
        })
    }

    /// The first tensor that a session kept and that is not what the trace says. Steps that speak
    /// of other ops than the session's graph has are left out.
    pub fn first_difference(
        &self,
        session: &Session,
        tolerance: Tolerance,
    ) -> Option<TraceDifference> {
        let graph = session.graph();
        self.steps.iter().find_map(|step| {
            let node = graph.nodes().get(step.op)?;
            step.outputs.iter().find_map(|written| {
                let tensor = TensorId(written.tensor);
                if node.op.name() != step.name || !node.outputs.contains(&tensor) {
                    return None;
                }
                let reason = written.difference(session.kept(tensor)?, tolerance)?;
                Some(TraceDifference {
                    op: step.op,
                    name: step.name.clone(),
                    tensor,
                    tensor_name: graph.tensor(tensor).name.clone(),
                    reason,
                })
            })
        })
    }
}

impl Written {
    fn difference(&self, value: &Value, tolerance: Tolerance) -> Option<String> {
        match &self.sha256_16 {
            None => self.sampled_difference(value, tolerance),
            Some(expected) => {
                let digest = Sha256::digest(value.bytes());
                let bytes = digest[..8].iter();
                let actual: String = bytes.map(|byte| format!("{byte:02x}")).collect();
                if actual == *expected {
                    return None;
                }
                let sampled = self.sampled_difference(value, Tolerance::EXACT);
                Some(sampled.unwrap_or_else(|| {
                    format!("bytes of SHA-256 {actual}… where {expected}… is expected")
                }))
            }
        }
    }

    /// How the sampled elements differ, as real numbers.
    fn sampled_difference(&self, value: &Value, tolerance: Tolerance) -> Option<String> {
        let stride = self.samples_stride.max(1);
        let actual = sampled(value, stride)?;
        let samples = self.samples.iter().map(|sample| sample.unwrap_or(f64::NAN));
        let length = actual.len().min(self.samples.len());
        let expected: Vec<f64> = samples.take(length).collect();
        let difference = match value.dtype() {
            // Steps between floats are those of the tensor's own type.
            DataType::Float32 => {
                let single = |elements: &[f64]| -> Vec<f32> {
                    elements.iter().map(|&element| element as f32).collect()
                };
                let actual = Value::from_slice([length], &single(&actual[..length])).ok()?;
                let expected = Value::from_slice([length], &single(&expected)).ok()?;
                compare(actual.view(), expected.view(), tolerance).err()?
            }
            _ => {
                let actual = Value::from_slice([length], &actual[..length]).ok()?;
                let expected = Value::from_slice([length], &expected).ok()?;
                compare(actual.view(), expected.view(), tolerance).err()?
            }
        };
        Some(format!("of every {stride}th element, {difference}"))
    }
}

/// Every `stride`th element as a real number; `None` for types without them.
fn sampled(value: &Value, stride: usize) -> Option<Vec<f64>> {
    fn reals<T: Element>(value: &Value, stride: usize, real: fn(T) -> f64) -> Option<Vec<f64>> {
        let elements = value.as_slice::<T>().ok()?.iter().step_by(stride);
        Some(elements.map(|&element| real(element)).collect())
    }
    match value.dtype() {
        DataType::Float32 => reals::<f32>(value, stride, f64::from),
        DataType::Float16 => reals::<half::f16>(value, stride, f64::from),
        DataType::Float64 => reals::<f64>(value, stride, |element| element),
        DataType::Int8 => reals::<i8>(value, stride, f64::from),
        DataType::Int16 => reals::<i16>(value, stride, f64::from),
        DataType::Int32 => reals::<i32>(value, stride, f64::from),
        DataType::Int64 => reals::<i64>(value, stride, |element| element as f64),
        DataType::UInt8 => reals::<u8>(value, stride, f64::from),
        _ => {
            let is_bool = value.dtype() == DataType::Bool;
            let bytes = value.bytes().iter().step_by(stride);
            is_bool.then(|| bytes.map(|&byte| f64::from(byte)).collect())
        }
    }
}
