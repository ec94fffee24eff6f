//! How large a file is, as it lies on a disk and as it travels.

use std::fmt;

use demilite_core::Model;
use serde::Serialize;

use crate::error::OptimizeError;
use crate::sizes::gzipped;

/// Bytes of a model's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileSize {
    /// As it is.
    pub bytes: usize,
    /// Deflated, as `gzip -9` does it: what a download or a package takes.
    pub deflated: usize,
}

impl FileSize {
    /// The size of the file that a model takes.
    pub(crate) fn of(model: &Model) -> Result<Self, OptimizeError> {
        let bytes = model.to_bytes().map_err(OptimizeError::ChangedSchema)?;
        Ok(FileSize {
            bytes: bytes.len(),
            deflated: gzipped(&bytes).expect("memory can be written"),
        })
    }

    /// Writes it beside what it was before.
    pub(crate) fn write_beside(self, before: FileSize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |after: usize, before: usize| 100.0 * after as f64 / before.max(1) as f64;
        writeln!(
            f,
            "{} bytes, {:.1} % of {}; deflated {} bytes, {:.1} % of {}",
            self.bytes,
            share(self.bytes, before.bytes),
            before.bytes,
            self.deflated,
            share(self.deflated, before.deflated),
            before.deflated
        )
    }
}
