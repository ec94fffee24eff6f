//! Tensors in `.npz` files, as NumPy's `savez` writes them, and in `.npy` files, as its `save` does.
//!
//! An archive that goes with a model holds `in0`, `in1`, … in the order of the graph's inputs, or
//! `out0`, `out1`, … in the order of its outputs. Arrays are float32, float16, float64, the
//! integers of 8 to 64 bits, or bool, in C or Fortran order and either byte order; they are
//! written in C order and little-endian. Strings are read from arrays of bytes (`S`), of characters (`U`, as
//! UTF-8) and of Python objects that are all one of both, and written as bytes.

mod pickle;
mod read;
mod row_major;
mod strings;
mod write;

use std::io;
use std::path::Path;

use zip::result::ZipError;

use demilite_core::{Value, ValueError};

pub use read::{NpzReader, read_npy};
pub use write::NpzWriter;

/// Why an archive cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpzError {
    /// The file cannot be opened or read, or its place not be written.
    #[error("{path}: {reason}")]
    Io {
        /// The archive.
        path: String,
        /// The operating system's reason.
        reason: io::Error,
    },
    /// The archive cannot be written.
    #[error("{path} cannot be written: {reason}")]
    Write {
        /// The archive.
        path: String,
        /// The operating system's reason.
        reason: io::Error,
    },
    /// The file is no `.npz` archive, or a damaged one.
    #[error("{path} is not an .npz archive that can be read: {reason}")]
    Archive {
        /// The archive.
        path: String,
        /// What is wrong with it.
        reason: ZipError,
    },
    /// The archive lacks an array.
    #[error("{path} has no array {name:?}; it has {}", list(.available))]
    Missing {
        /// The archive.
        path: String,
        /// The array asked for.
        name: String,
        /// The arrays that it has.
        available: Vec<String>,
    },
    /// An array that is damaged.
    #[error("{path}: the array {name:?}: {reason}")]
    Array {
        /// The archive.
        path: String,
        /// The array.
        name: String,
        /// What is wrong with it.
        reason: io::Error,
    },
    /// An array of a type that no tensor has, or a tensor of a type that no array has.
    #[error("{path}: the array {name:?} is of type {dtype}, which is not supported here")]
    Type {
        /// The archive.
        path: String,
        /// The array.
        name: String,
        /// Its type.
        dtype: String,
    },
    /// An array whose data does not fill its shape.
    #[error("{path}: the array {name:?}: {reason}")]
    Value {
        /// The archive.
        path: String,
        /// The array.
        name: String,
        /// What does not fit.
        reason: ValueError,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.join(", ")
}

/// Reads arrays `{prefix}0` to `{prefix}{count - 1}` of an archive, such as `in0`, `in1`.
///
/// # Errors
/// An [`NpzError`] that names the file and the array.
pub fn read_numbered(
    path: impl AsRef<Path>,
    prefix: &str,
    count: usize,
) -> Result<Vec<Value>, NpzError> {
    let mut archive = NpzReader::open(path)?;
    (0..count)
        .map(|index| archive.value(&format!("{prefix}{index}")))
        .collect()
}

/// Writes arrays `{prefix}0`, `{prefix}1`, … into an archive, replacing it.
///
/// # Errors
/// An [`NpzError`] that names the file and the array.
pub fn write_numbered(
    path: impl AsRef<Path>,
    prefix: &str,
    values: &[Value],
) -> Result<(), NpzError> {
    let mut archive = NpzWriter::create(path)?;
    for (index, value) in values.iter().enumerate() {
        archive.add(&format!("{prefix}{index}"), value)?;
    }
    archive.finish()
}

#[cfg(test)]
mod tests;
