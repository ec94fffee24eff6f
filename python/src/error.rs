//! What can go wrong, and the exceptions that stand for it: those that LiteRT raises.

use demilite::{CompileError, LoadError, RunError, SelectionError, Shape, UnknownDelegate};
use pyo3::PyErr;
use pyo3::exceptions::{PyRuntimeError, PyValueError};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Delegate(#[from] UnknownDelegate),
    #[error(transparent)]
    Selection(#[from] SelectionError),
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Value(#[from] demilite::ValueError),
    #[error("Invalid tensor index {index}: the graph has {count} tensors")]
    NoSuchTensor { index: usize, count: usize },
    #[error("subgraph_index is out of range: {index} for the model, which has {count} subgraphs.")]
    NoSuchGraph { index: usize, count: usize },
    #[error("tensor {index} ({name:?}) is no input of the graph: its inputs are {inputs:?}")]
    NotAnInput {
        index: usize,
        name: String,
        inputs: Vec<usize>,
    },
    #[error(
        "tensor {index} ({name:?}) has the shape {stated} in the file: `strict` allows {shape} only where it has -1 in its shape_signature"
    )]
    Fixed {
        index: usize,
        name: String,
        stated: Shape,
        shape: Shape,
    },
    #[error("Tensor data is null. Run allocate_tensors() first")]
    Unallocated,
    #[error("Invoke called on model that is not ready. Run allocate_tensors() first")]
    NotReady,
    #[error(
        "There is at least 1 reference to internal data in the interpreter in the form of a numpy array or slice. \
         Be sure to only hold the function returned from tensor() if you are using raw data access"
    )]
    Viewed,
    #[error(
        "tensor {index} ({name:?}) is not kept: intermediate tensors are with experimental_preserve_all_tensors=True, once invoke() ran"
    )]
    NotKept { index: usize, name: String },
    #[error("tensor {index} ({name:?}) holds {dtype}, which numpy has no type for")]
    NoArray {
        index: usize,
        name: String,
        dtype: &'static str,
    },
    #[error("arrays of {name} are no samples: tensors have other types")]
    UnknownType { name: String },
    #[error("{0}")]
    Optimize(String),
    #[error("an earlier call panicked: make a new interpreter")]
    Poisoned,
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Load(_)
            | Error::Delegate(_)
            | Error::Selection(_)
            | Error::Value(_)
            | Error::NoSuchTensor { .. }
            | Error::NoSuchGraph { .. }
            | Error::Unallocated
            | Error::NotKept { .. }
            | Error::NoArray { .. }
            | Error::UnknownType { .. }
            | Error::Optimize(_) => PyValueError::new_err(message),
            Error::Compile(_)
            | Error::Run(_)
            | Error::NotAnInput { .. }
            | Error::Fixed { .. }
            | Error::NotReady
            | Error::Viewed
            | Error::Poisoned => PyRuntimeError::new_err(message),
        }
    }
}
