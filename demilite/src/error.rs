//! One error for what goes wrong between a file and an answer.

use demilite_core::{CompileError, LoadError, RunError, ValueError};

use crate::post::{LabelsError, NotDetections};
use crate::selection::SelectionError;

/// What may go wrong between a file and an answer. The message of each says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that is not a model.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Delegates that are not to be had.
    #[error(transparent)]
    Select(#[from] SelectionError),
    /// A model that cannot be made ready to run.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// An invocation that failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Data that does not fit its tensor.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// Labels that cannot be read.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// Outputs that are not detections.
    #[error(transparent)]
    Detections(#[from] NotDetections),
    /// A sound that cannot be read or fed.
    #[cfg(feature = "audio")]
    #[error(transparent)]
    Audio(#[from] crate::audio::AudioError),
    /// An image that cannot be read or fed.
    #[cfg(feature = "image")]
    #[error(transparent)]
    Image(#[from] crate::image::ImageError),
    /// Metadata of a model that cannot be read.
    #[cfg(feature = "image")]
    #[error(transparent)]
    Metadata(#[from] crate::image::MetadataError),
    /// Tensors that cannot be read or written.
    #[cfg(feature = "npz")]
    #[error(transparent)]
    Npz(#[from] crate::npz::NpzError),
}
