//! Writing of `.npz` archives.

use std::fmt;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};

use half::f16;
use npyz::{AutoSerialize, WriterBuilder};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use demilite_core::{DataType, Element, Shape, Value};

use super::{NpzError, strings};
use crate::output;

/// An archive to write into. It is made in memory, and [`finish`](NpzWriter::finish) writes it.
pub struct NpzWriter {
    path: PathBuf,
    archive: ZipWriter<Cursor<Vec<u8>>>,
}

impl fmt::Debug for NpzWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NpzWriter")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl NpzWriter {
    /// An archive that will be this file. A file that is there stays until the archive is finished.
    ///
    /// # Errors
    /// [`NpzError::Io`] where the file cannot be written, as far as that can be told now.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, NpzError> {
        let path = path.as_ref();
        match output::check(path) {
            Ok(()) => Ok(NpzWriter::in_memory(path)),
            Err(reason) => Err(NpzError::Io {
                path: path.display().to_string(),
                reason,
            }),
        }
    }

    /// An archive that stays in memory. `name` stands for the file in messages.
    pub fn in_memory(name: impl AsRef<Path>) -> Self {
        NpzWriter {
            path: name.as_ref().to_owned(),
            archive: ZipWriter::new(Cursor::new(Vec::new())),
        }
    }

    /// Adds an array under a name.
    ///
    /// # Errors
    /// [`NpzError::Type`] for a tensor of a type that no array has, and [`NpzError::Write`] for a name that is there already.
    pub fn add(&mut self, name: &str, value: &Value) -> Result<(), NpzError> {
        // Members without a time, so that equal tensors give equal files.
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .last_modified_time(zip::DateTime::default())
            .large_file(value.bytes().len() >= u32::MAX as usize / 2);
        let file_name = npyz::npz::file_name_from_array_name(name);
        self.archive
            .start_file(file_name, options)
            .map_err(|reason| self.unwritable(reason.into()))?;
        let written = match value.dtype() {
            DataType::Float32 => write_elements::<f32, _>(&mut self.archive, value),
            DataType::Float16 => write_elements::<f16, _>(&mut self.archive, value),
            DataType::Float64 => write_elements::<f64, _>(&mut self.archive, value),
            DataType::Int8 => write_elements::<i8, _>(&mut self.archive, value),
            DataType::Int16 => write_elements::<i16, _>(&mut self.archive, value),
            DataType::Int32 => write_elements::<i32, _>(&mut self.archive, value),
            DataType::Int64 => write_elements::<i64, _>(&mut self.archive, value),
            DataType::UInt8 => write_elements::<u8, _>(&mut self.archive, value),
            DataType::UInt16 => write_elements::<u16, _>(&mut self.archive, value),
            DataType::UInt32 => write_elements::<u32, _>(&mut self.archive, value),
            DataType::UInt64 => write_elements::<u64, _>(&mut self.archive, value),
            DataType::Bool => {
                let elements = value.bytes().iter().map(|&byte| byte != 0);
                write_array(&mut self.archive, value.shape(), elements)
            }
            DataType::String => strings::write(&mut self.archive, value),
            DataType::Complex64
            | DataType::Complex128
            | DataType::Resource
            | DataType::Variant
            | DataType::Int4
            | DataType::BFloat16
            | DataType::Int2
            | DataType::UInt4
            | DataType::Float8E4M3Fn
            | DataType::Float8E5M2 => {
                return Err(NpzError::Type {
                    path: self.path.display().to_string(),
                    name: name.to_owned(),
                    dtype: value.dtype().to_string(),
                });
            }
        };
        written.map_err(|reason| self.unwritable(reason))
    }

    /// Writes the archive to its file, whole or not at all.
    ///
    /// # Errors
    /// [`NpzError::Write`].
    pub fn finish(self) -> Result<(), NpzError> {
        let path = self.path.clone();
        let bytes = self.into_bytes()?;
        output::write(&path, &bytes).map_err(|reason| NpzError::Write {
            path: path.display().to_string(),
            reason,
        })
    }

    /// The bytes of the archive.
    ///
    /// # Errors
    /// [`NpzError::Write`] where they are not an archive, by the number of arrays in them.
    pub fn into_bytes(self) -> Result<Vec<u8>, NpzError> {
        match self.archive.finish() {
            Ok(bytes) => Ok(bytes.into_inner()),
            Err(reason) => Err(NpzError::Write {
                path: self.path.display().to_string(),
                reason: reason.into(),
            }),
        }
    }

    fn unwritable(&self, reason: io::Error) -> NpzError {
        NpzError::Write {
            path: self.path.display().to_string(),
            reason,
        }
    }
}

fn write_elements<T, W>(writer: W, value: &Value) -> io::Result<()>
where
    T: Element + AutoSerialize,
    W: Write,
{
    let elements = value
        .as_slice::<T>()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    write_array(writer, value.shape(), elements.iter().copied())
}

fn write_array<T, W>(writer: W, shape: &Shape, elements: impl Iterator<Item = T>) -> io::Result<()>
where
    T: AutoSerialize,
    W: Write,
{
    let extents: Vec<u64> = shape.iter().map(|&extent| extent as u64).collect();
    let mut array = npyz::WriteOptions::new()
        .default_dtype()
        .shape(&extents)
        .writer(writer)
        .begin_nd()?;
    array.extend(elements)?;
    array.finish()
}
