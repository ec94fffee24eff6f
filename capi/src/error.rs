//! What can go wrong, and its code.

use demilite::{CompileError, LoadError, RunError, SelectionError, UnknownDelegate, ValueError};

/// What became of a call.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum demilite_status {
    /// It did what was asked.
    DEMILITE_OK = 0,
    /// A pointer that must not be null is.
    DEMILITE_NULL = 1,
    /// A text that is not UTF-8, a buffer of another size than its tensor, an input or output that is not there.
    DEMILITE_INVALID = 2,
    /// A file that cannot be read, or is no valid model.
    DEMILITE_LOAD_FAILED = 3,
    /// A delegate that there is not, such as a GPU on a machine without one.
    DEMILITE_NO_DELEGATE = 4,
    /// A model that no delegate runs, or that does not work out with the shapes of its inputs.
    DEMILITE_COMPILE_FAILED = 5,
    /// An invocation that failed.
    DEMILITE_RUN_FAILED = 6,
    /// A fault of the library itself. The handle is good for nothing but to be freed.
    DEMILITE_PANICKED = 7,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0} is NULL")]
    Null(&'static str),
    #[error("{0} is not UTF-8")]
    Text(&'static str),
    #[error("there is no {what} {index}: the session has {count}")]
    NoSuchIndex {
        what: &'static str,
        index: usize,
        count: usize,
    },
    #[error("there is no {what} called {name:?}: there are {names:?}")]
    NoSuchName {
        what: &'static str,
        name: String,
        names: Vec<String>,
    },
    #[error("{what} {index} ({name:?}) takes {expected} bytes, not {actual}")]
    Size {
        what: &'static str,
        index: usize,
        name: String,
        expected: usize,
        actual: usize,
    },
    #[error("an earlier call panicked: free the session")]
    Broken,
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Choice(#[from] UnknownDelegate),
    #[error(transparent)]
    Selection(#[from] SelectionError),
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Value(#[from] ValueError),
}

impl Error {
    /// The code that stands for it.
    pub(crate) fn status(&self) -> demilite_status {
        match self {
            Error::Null(_) => demilite_status::DEMILITE_NULL,
            Error::Text(_)
            | Error::NoSuchIndex { .. }
            | Error::NoSuchName { .. }
            | Error::Size { .. } => demilite_status::DEMILITE_INVALID,
            Error::Load(_) => demilite_status::DEMILITE_LOAD_FAILED,
            Error::Choice(_) | Error::Selection(_) => demilite_status::DEMILITE_NO_DELEGATE,
            Error::Compile(_) => demilite_status::DEMILITE_COMPILE_FAILED,
            Error::Run(_) | Error::Value(_) => demilite_status::DEMILITE_RUN_FAILED,
            Error::Broken => demilite_status::DEMILITE_PANICKED,
        }
    }
}
