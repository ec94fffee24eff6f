//! Where the new model goes.

use std::fs;
use std::path::{Path, PathBuf};

use demilite::{Model, output};

use crate::failure::Failure;

/// A file that can be written, and is not the one that is read.
pub(super) struct Destination(PathBuf);

impl Destination {
    /// Checks a path before any work is done.
    pub(super) fn new(path: &Path, input: &Path) -> Result<Self, Failure> {
        if let (Ok(output), Ok(input)) = (fs::canonicalize(path), fs::canonicalize(input))
            && output == input
        {
            return Err(Failure::Usage(format!(
                "{} is the file that is read: give another one to write",
                path.display()
            )));
        }
        output::check(path).map_err(|error| Failure::unwritable(path, &error))?;
        Ok(Destination(path.to_owned()))
    }

    /// Writes the file, whole or not at all.
    pub(super) fn write(&self, model: &Model) -> Result<(), Failure> {
        let bytes = model
            .to_bytes()
            .map_err(|error| Failure::Run(format!("cannot write {}: {error}", self.0.display())))?;
        output::write(&self.0, &bytes).map_err(|error| Failure::unwritable(&self.0, &error))
    }
}
