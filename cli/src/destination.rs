//! Where the new model goes.

use std::fs;
use std::path::{Path, PathBuf};

use demilite::image::with_associated_files;
use demilite::{Model, output};

use crate::failure::Failure;

/// A file that can be written, and is not the one that is read.
pub(crate) struct Destination(PathBuf);

impl Destination {
    /// Checks a path before any work is done.
    pub(crate) fn new(path: &Path, input: &Path) -> Result<Self, Failure> {
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

    /// Writes a text with a line's end, whole or not at all.
    pub(crate) fn write_text(&self, text: &str) -> Result<(), Failure> {
        self.write_bytes(format!("{text}\n").as_bytes())
    }

    /// Writes bytes, whole or not at all.
    pub(crate) fn write_bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        output::write(&self.0, bytes).map_err(|error| Failure::unwritable(&self.0, &error))
    }

    /// Writes the file, whole or not at all, with the labels and other files that the model's own carries.
    pub(crate) fn write(&self, model: &Model, input: &Path) -> Result<(), Failure> {
        let bytes = model
            .to_bytes()
            .map_err(|error| Failure::Run(format!("cannot write {}: {error}", self.0.display())))?;
        let name = input.display().to_string();
        let unreadable = |error| Failure::Invalid(format!("{name}: {error}"));
        let from = fs::read(input).map_err(unreadable)?;
        let bytes = with_associated_files(bytes, &from, &name)?;
        self.write_bytes(&bytes)
    }
}
