//! How a command fails, and with which exit code.

use std::fmt;
use std::io;
use std::path::Path;

use demilite::image::{ImageError, MetadataError};
use demilite::npz::NpzError;
use demilite::post::LabelsError;
use demilite::{CompileError, LoadError, Model, OpError, RunError, SelectionError, ValueError};

use crate::remedy::with_remedy;
use crate::terminal::say;

/// A failed command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The model is sound and did not run.
    Run(String),
    /// Arguments that do not fit the model.
    Usage(String),
    /// Nothing that the model could be fed with, and the inputs that it has.
    Unfed {
        message: String,
        inputs: Vec<String>,
    },
    /// A model or an input that is not valid.
    Invalid(String),
    /// A device that is not there.
    Device(String),
    /// Something that the command has said on standard output, with its exit code.
    Said(u8),
    /// Standard output cannot be written.
    Output(io::Error),
}

impl Failure {
    /// The exit code, as `--help` documents it.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::Run(_) | Failure::Output(_) => 1,
            Failure::Usage(_) | Failure::Unfed { .. } => 2,
            Failure::Invalid(_) => 3,
            Failure::Device(_) => 4,
            Failure::Said(code) => *code,
        }
    }

    /// A session of `model` that could not be made.
    pub(crate) fn compile(model: &Model, error: CompileError) -> Self {
        let message = format!("{}: {error}", model.name());
        match error {
            CompileError::Graph(_)
            | CompileError::FixedShape { .. }
            | CompileError::Input { .. }
            | CompileError::NotFound { .. } => Failure::Invalid(message),
            CompileError::NoDelegate { .. } => Failure::Run(format!(
                "{message}; `demilite inspect {}` lists every such node",
                model.name()
            )),
            _ => Failure::Run(message),
        }
    }

    /// An invocation of `model` that failed.
    pub(crate) fn run(model: &Model, error: RunError) -> Self {
        let message = format!("{}: {error}", model.name());
        if is_round_limit(&error) {
            return Failure::Run(format!("{message}: `--round-limit N` allows more"));
        }
        match error {
            RunError::InputCount { .. } | RunError::Input { .. } | RunError::Node { .. } => {
                Failure::Invalid(message)
            }
            _ => Failure::Run(message),
        }
    }

    /// A file that cannot be written.
    pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Self {
        Failure::Run(format!("cannot write {}: {error}", path.display()))
    }

    /// Says it on standard error: a line, and one for each input of a model that was fed nothing.
    pub(crate) fn say(&self) {
        say(format_args!("error: {self}"));
        if let Failure::Unfed { inputs, .. } = self {
            for input in inputs {
                say(format_args!("  {input}"));
            }
        }
    }
}

/// Whether loops made as many rounds as they may.
fn is_round_limit(error: &RunError) -> bool {
    match error {
        RunError::Node { reason, .. } => *reason == OpError::RoundLimit,
        RunError::Called { reason, .. } => is_round_limit(reason),
        _ => false,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Run(message)
            | Failure::Usage(message)
            | Failure::Unfed { message, .. }
            | Failure::Invalid(message)
            | Failure::Device(message) => f.write_str(message),
            Failure::Said(_) => Ok(()),
            Failure::Output(error) => write!(f, "cannot write to standard output: {error}"),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Failure::Output(error.into())
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Failure::Invalid(error.to_string())
    }
}

impl From<NpzError> for Failure {
    fn from(error: NpzError) -> Self {
        Failure::Invalid(error.to_string())
    }
}

impl From<ValueError> for Failure {
    fn from(error: ValueError) -> Self {
        Failure::Invalid(error.to_string())
    }
}

impl From<LabelsError> for Failure {
    fn from(error: LabelsError) -> Self {
        Failure::Invalid(error.to_string())
    }
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        Failure::Invalid(error.to_string())
    }
}

impl From<MetadataError> for Failure {
    fn from(error: MetadataError) -> Self {
        Failure::Invalid(error.to_string())
    }
}

impl From<SelectionError> for Failure {
    fn from(error: SelectionError) -> Self {
        Failure::Device(with_remedy(&error))
    }
}
