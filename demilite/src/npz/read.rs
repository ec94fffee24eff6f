//! Reading of `.npz` archives.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;

use half::f16;
use npyz::NpyFile;
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use demilite_core::{DataType, Element, Shape, Value, ValueError};

use super::row_major::{row_major, shape};
use super::{NpzError, strings};

/// An archive to read from.
#[derive(Debug)]
pub struct NpzReader<R = BufReader<File>> {
    path: String,
    archive: ZipArchive<R>,
}

impl NpzReader {
    /// Opens an archive.
    ///
    /// # Errors
    /// [`NpzError::Io`], or [`NpzError::Archive`] for a file of another kind.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, NpzError> {
        let name = path.as_ref().display().to_string();
        match File::open(path) {
            Ok(file) => NpzReader::new(BufReader::new(file), name),
            Err(reason) => Err(NpzError::Io { path: name, reason }),
        }
    }
}

impl<'a> NpzReader<Cursor<&'a [u8]>> {
    /// Opens an archive of bytes in memory. `name` stands for the file in messages.
    ///
    /// # Errors
    /// [`NpzError::Archive`].
    pub fn from_bytes(bytes: &'a [u8], name: &str) -> Result<Self, NpzError> {
        NpzReader::new(Cursor::new(bytes), name.to_owned())
    }
}

impl<R: Read + Seek> NpzReader<R> {
    fn new(reader: R, path: String) -> Result<Self, NpzError> {
        match ZipArchive::new(reader) {
            Ok(archive) => Ok(NpzReader { path, archive }),
            Err(reason) => Err(NpzError::Archive { path, reason }),
        }
    }

    /// The names of the arrays, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .archive
            .file_names()
            .filter_map(|file| npyz::npz::array_name_from_file_name(&file.ok()?).map(str::to_owned))
            .collect();
        names.sort();
        names
    }

    /// The element type and shape of an array, as its header states them, without its elements. An archive of a few bytes may
    /// hold very many.
    ///
    /// # Errors
    /// Those of [`value`](NpzReader::value).
    pub fn header(&mut self, name: &str) -> Result<(DataType, Shape), NpzError> {
        self.read(name, |array, dtype| {
            let shape = shape(&array)?;
            Ok(Ok((dtype, shape)))
        })
    }

    /// The array of this name, with its own element type and shape.
    ///
    /// # Errors
    /// [`NpzError::Missing`], [`NpzError::Array`] where it is damaged, [`NpzError::Type`].
    #[allow(
        clippy::redundant_closure,
        reason = "the function itself is one of a single lifetime"
    )]
    pub fn value(&mut self, name: &str) -> Result<Value, NpzError> {
        self.read(name, |array, dtype| value_of(array, dtype))
    }

    /// Opens an array of a type that tensors have.
    fn read<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(NpyFile<ZipFile<'_, R>>, DataType) -> io::Result<Result<T, ValueError>>,
    ) -> Result<T, NpzError> {
        let available = self.names();
        let path = self.path.clone();
        let file_name = npyz::npz::file_name_from_array_name(name);
        let entry = match self.archive.by_name(&file_name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => {
                let name = name.to_owned();
                return Err(NpzError::Missing {
                    path,
                    name,
                    available,
                });
            }
            Err(reason) => return Err(NpzError::Archive { path, reason }),
        };
        let damaged = |reason| NpzError::Array {
            path: path.clone(),
            name: name.to_owned(),
            reason,
        };
        let array = NpyFile::new(entry).map_err(damaged)?;
        let dtype = element_type(&array.dtype()).map_err(|dtype| NpzError::Type {
            path: path.clone(),
            name: name.to_owned(),
            dtype,
        })?;
        let read = read(array, dtype).map_err(damaged)?;
        read.map_err(|reason| NpzError::Value {
            path: path.clone(),
            name: name.to_owned(),
            reason,
        })
    }
}

/// The array of a `.npy` file, with its own element type and shape.
///
/// # Errors
/// [`NpzError::Io`], [`NpzError::Array`] for a file of another kind or a damaged one, [`NpzError::Type`].
pub fn read_npy(path: impl AsRef<Path>) -> Result<Value, NpzError> {
    let file = path.as_ref();
    let path = file.display().to_string();
    let name = file.file_stem().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    let reader = match File::open(file) {
        Ok(reader) => BufReader::new(reader),
        Err(reason) => return Err(NpzError::Io { path, reason }),
    };
    let damaged = |reason| NpzError::Array {
        path: path.clone(),
        name: name.clone(),
        reason,
    };
    let array = NpyFile::new(reader).map_err(damaged)?;
    let dtype = element_type(&array.dtype()).map_err(|dtype| NpzError::Type {
        path: path.clone(),
        name: name.clone(),
        dtype,
    })?;
    let value = value_of(array, dtype).map_err(damaged)?;
    value.map_err(|reason| NpzError::Value {
        path: path.clone(),
        name: name.clone(),
        reason,
    })
}

/// The tensor of an array whose elements have this type.
fn value_of<R: Read>(array: NpyFile<R>, dtype: DataType) -> io::Result<Result<Value, ValueError>> {
    match dtype {
        DataType::Float32 => read_elements::<f32, _>(array),
        DataType::Float16 => read_elements::<f16, _>(array),
        DataType::Float64 => read_elements::<f64, _>(array),
        DataType::Int8 => read_elements::<i8, _>(array),
        DataType::Int16 => read_elements::<i16, _>(array),
        DataType::Int32 => read_elements::<i32, _>(array),
        DataType::Int64 => read_elements::<i64, _>(array),
        DataType::UInt8 => read_elements::<u8, _>(array),
        DataType::UInt16 => read_elements::<u16, _>(array),
        DataType::UInt32 => read_elements::<u32, _>(array),
        DataType::UInt64 => read_elements::<u64, _>(array),
        DataType::String => strings::read(array),
        // The only type left that `element_type` gives.
        _ => {
            let (shape, elements) = row_major::<bool, _, _>(array, |element| element)?;
            let bytes: Vec<u8> = elements.into_iter().map(u8::from).collect();
            Ok(Value::from_bytes(DataType::Bool, shape, &bytes))
        }
    }
}

/// The type of a tensor with such elements, or the name of a type that no tensor has.
fn element_type(dtype: &npyz::DType) -> Result<DataType, String> {
    let npyz::DType::Plain(plain) = dtype else {
        return Err(dtype.descr());
    };
    let name = plain.to_string();
    Ok(match name.trim_start_matches(['<', '>', '|', '=']) {
        "f4" => DataType::Float32,
        "f2" => DataType::Float16,
        "f8" => DataType::Float64,
        "i1" => DataType::Int8,
        "i2" => DataType::Int16,
        "i4" => DataType::Int32,
        "i8" => DataType::Int64,
        "u1" => DataType::UInt8,
        "u2" => DataType::UInt16,
        "u4" => DataType::UInt32,
        "u8" => DataType::UInt64,
        "b1" => DataType::Bool,
        "O" => DataType::String,
        text if text.starts_with(['S', 'U']) => DataType::String,
        _ => return Err(name),
    })
}

fn read_elements<T, R>(array: NpyFile<R>) -> io::Result<Result<Value, ValueError>>
where
    T: Element + npyz::Deserialize,
    R: Read,
{
    let (shape, elements) = row_major::<T, R, _>(array, |element| element)?;
    Ok(Value::from_slice(shape, &elements))
}
