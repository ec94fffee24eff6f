//! Reading of `.npz` archives.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;

use half::f16;
use npyz::{NpyFile, Order};
use zip::ZipArchive;
use zip::result::ZipError;

use demilite_core::{DataType, Element, Shape, Value, ValueError};

use super::{NpzError, strings};

/// An archive to read from.
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
            Err(source) => Err(NpzError::Io { path: name, source }),
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
            Err(source) => Err(NpzError::Archive { path, source }),
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

    /// The array of this name, with its own element type and shape.
    ///
    /// # Errors
    /// [`NpzError::Missing`], [`NpzError::Array`] where it is damaged, [`NpzError::Type`].
    pub fn value(&mut self, name: &str) -> Result<Value, NpzError> {
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
            Err(source) => return Err(NpzError::Archive { path, source }),
        };
        let damaged = |source| NpzError::Array {
            path: path.clone(),
            name: name.to_owned(),
            source,
        };
        let array = NpyFile::new(entry).map_err(damaged)?;
        match read_array(array).map_err(damaged)? {
            Array::Value(value) => value.map_err(|source| NpzError::Value {
                path: path.clone(),
                name: name.to_owned(),
                source,
            }),
            Array::OtherType(dtype) => Err(NpzError::Type {
                path: path.clone(),
                name: name.to_owned(),
                dtype,
            }),
        }
    }
}

enum Array {
    Value(Result<Value, ValueError>),
    OtherType(String),
}

fn read_array<R: Read>(array: NpyFile<R>) -> io::Result<Array> {
    let dtype = match array.dtype() {
        npyz::DType::Plain(plain) => plain.to_string(),
        other => return Ok(Array::OtherType(other.descr())),
    };
    let value = match dtype.trim_start_matches(['<', '>', '|', '=']) {
        "f4" => read_elements::<f32, _>(array)?,
        "f2" => read_elements::<f16, _>(array)?,
        "f8" => read_elements::<f64, _>(array)?,
        "i1" => read_elements::<i8, _>(array)?,
        "i2" => read_elements::<i16, _>(array)?,
        "i4" => read_elements::<i32, _>(array)?,
        "i8" => read_elements::<i64, _>(array)?,
        "u1" => read_elements::<u8, _>(array)?,
        "u2" => read_elements::<u16, _>(array)?,
        "u4" => read_elements::<u32, _>(array)?,
        "u8" => read_elements::<u64, _>(array)?,
        "b1" => {
            let (shape, elements) = row_major::<bool, _, _>(array, |element| element)?;
            let bytes: Vec<u8> = elements.into_iter().map(u8::from).collect();
            Value::from_bytes(DataType::Bool, shape, &bytes)
        }
        "O" => strings::read_objects(array)?,
        text if text.starts_with(['S', 'U']) => strings::read_fixed(array, text)?,
        _ => return Ok(Array::OtherType(dtype)),
    };
    Ok(Array::Value(value))
}

fn read_elements<T, R>(array: NpyFile<R>) -> io::Result<Result<Value, ValueError>>
where
    T: Element + npyz::Deserialize,
    R: Read,
{
    let (shape, elements) = row_major::<T, R, _>(array, |element| element)?;
    Ok(Value::from_slice(shape, &elements))
}

/// The shape of an array.
pub(super) fn shape<R: Read>(array: &NpyFile<R>) -> io::Result<Shape> {
    let extents = array.shape().iter().map(|&extent| usize::try_from(extent));
    let extents: Vec<usize> = extents
        .collect::<Result<_, _>>()
        .map_err(|error| invalid(error.to_string()))?;
    Ok(Shape::new(extents))
}

/// In which order the elements of an array are.
pub(super) fn order<R: Read>(array: &NpyFile<R>) -> Order {
    array.order()
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// What `convert` makes of the elements, with the innermost dimension fastest, whatever the order in the
/// file. Memory grows with what the file delivers, not with what its header promises.
pub(super) fn row_major<T, R, E>(
    array: NpyFile<R>,
    convert: impl Fn(T) -> E,
) -> io::Result<(Shape, Vec<E>)>
where
    T: npyz::Deserialize,
    R: Read,
    E: Clone,
{
    let shape = shape(&array)?;
    let Some(count) = shape.checked_elements() else {
        return Err(invalid(format!(
            "shape {shape} is larger than can be addressed"
        )));
    };
    let order = array.order();
    let reader = array
        .data::<T>()
        .map_err(|error| invalid(error.to_string()))?;
    let elements = reader.take(count).map(|element| Ok(convert(element?)));
    let elements = elements.collect::<io::Result<Vec<E>>>()?;
    if elements.len() != count {
        let found = elements.len();
        return Err(invalid(format!(
            "{found} elements where shape {shape} has {count}"
        )));
    }
    let elements = reordered(&shape, order, elements);
    Ok((shape, elements))
}

/// Elements with the innermost dimension fastest, of which there are as many as the shape has.
pub(super) fn reordered<E: Clone>(shape: &Shape, order: Order, elements: Vec<E>) -> Vec<E> {
    if order == Order::C || shape.rank() < 2 {
        return elements;
    }
    let reversed: Shape = shape.iter().rev().copied().collect();
    let file_strides: Vec<usize> = reversed.strides().into_iter().rev().collect();
    let strides = shape.strides();
    let place = |index: usize| {
        let axes = strides.iter().zip(shape.iter()).zip(&file_strides);
        axes.map(|((stride, extent), file_stride)| index / stride % extent * file_stride)
            .sum::<usize>()
    };
    let count = elements.len();
    (0..count)
        .map(|index| elements[place(index)].clone())
        .collect()
}
