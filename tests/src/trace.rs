//! What each op of another runtime wrote, to find the first op that differs.
//!
//! A `trace.json` is a list of steps `{"op", "name", "out"}` in the order of execution; each tensor
//! in `out` has the index `tensor` that it has in the graph and either `sha256_16`, the first 16
//! hexadecimal digits of the SHA-256 of its bytes, or for floats `samples` of every
//! `samples_stride`th element.

use std::fmt;
use std::path::Path;

use demilite_core::{Session, TensorId, Value};
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
    samples: Vec<Option<f32>>,
    #[serde(default)]
    samples_stride: usize,
}

/// Why a trace cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The file is no trace.
    #[error("{path}: {source}")]
    Json {
        /// The file.
        path: String,
        /// What is wrong with it.
        source: serde_json::Error,
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
    /// How the tensor differs.
    pub reason: String,
}

impl fmt::Display for TraceDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TraceDifference {
            op,
            name,
            tensor,
            reason,
        } = self;
        write!(f, "#{op} ({name}) writes {tensor}: {reason}")
    }
}

impl Trace {
    /// Reads a `trace.json`.
    ///
    /// # Errors
    /// A [`TraceError`] that names the file.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let text = std::fs::read_to_string(path).map_err(|source| TraceError::Io {
            path: path.display().to_string(),
            source,
        })?;
        serde_json::from_str(&text).map_err(|source| TraceError::Json {
            path: path.display().to_string(),
            source,
        })
    }

    /// The first tensor that a session kept and that is not what the trace says.
    pub fn first_difference(
        &self,
        session: &Session,
        tolerance: Tolerance,
    ) -> Option<TraceDifference> {
        self.steps.iter().find_map(|step| {
            step.outputs.iter().find_map(|written| {
                let tensor = TensorId(written.tensor);
                let reason = written.difference(session.kept(tensor)?, tolerance)?;
                Some(TraceDifference {
                    op: step.op,
                    name: step.name.clone(),
                    tensor,
                    reason,
                })
            })
        })
    }
}

impl Written {
    fn difference(&self, value: &Value, tolerance: Tolerance) -> Option<String> {
        if let Some(expected) = &self.sha256_16 {
            let digest = Sha256::digest(value.bytes());
            let actual: String = digest[..8]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            return (actual != *expected).then(|| "its bytes differ".to_owned());
        }
        let elements = value.as_slice::<f32>().ok()?;
        let stride = self.samples_stride.max(1);
        let actual: Vec<f32> = elements.iter().copied().step_by(stride).collect();
        let expected: Vec<f32> = self.samples.iter().map(|s| s.unwrap_or(f32::NAN)).collect();
        let length = actual.len().min(expected.len());
        let sampled = |elements: &[f32]| Value::from_slice([length], &elements[..length]).ok();
        let (actual, expected) = (sampled(&actual)?, sampled(&expected)?);
        let difference = compare(actual.view(), expected.view(), tolerance).err()?;
        Some(format!("of every {stride}th element, {difference}"))
    }
}
