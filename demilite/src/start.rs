//! From a file to a session.

use std::path::Path;
use std::sync::Arc;

use demilite_core::{Model, Session};

use crate::error::Error;
use crate::selection::{DelegateChoice, delegates_for};

/// Reads a model and makes it ready to run: on the GPU where there is one, on the CPU for the rest.
///
/// # Errors
/// [`Error::Load`] for a file that is not a model, [`Error::Select`] and [`Error::Compile`] where it cannot be made ready.
pub fn open(path: impl AsRef<Path>) -> Result<Session, Error> {
    open_with(path, DelegateChoice::Auto)
}

/// Reads a model and makes it ready to run on these delegates.
///
/// # Errors
/// Those of [`open`].
pub fn open_with(path: impl AsRef<Path>, choice: DelegateChoice) -> Result<Session, Error> {
    prepare(Model::open(path)?, choice)
}

/// Makes a model ready to run on these delegates; [`Session::builder`] leaves more to choose.
///
/// # Errors
/// [`Error::Select`] and [`Error::Compile`].
pub fn prepare(model: impl Into<Arc<Model>>, choice: DelegateChoice) -> Result<Session, Error> {
    let delegates = delegates_for(choice)?.delegates;
    Ok(Session::builder(model.into())
        .delegates(delegates)
        .build()?)
}
