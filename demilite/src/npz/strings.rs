//! Arrays of strings: NumPy's `S` of bytes, `U` of characters, and objects that are either.

use std::io::{self, Read, Write};

use npyz::{NpyFile, TypeStr, WriterBuilder};

use demilite_core::{Value, ValueError};

use super::pickle;
use super::row_major::{order, reordered, row_major, shape};

/// The most bytes of an element: a header states it, and its strings may be shorter.
const LONGEST: u64 = 1 << 24;

/// Strings of any of these types.
pub(super) fn read<R: Read>(array: NpyFile<R>) -> io::Result<Result<Value, ValueError>> {
    let name = match array.dtype() {
        npyz::DType::Plain(plain) => plain.to_string(),
        other => return Err(invalid(other.descr())),
    };
    match name.trim_start_matches(['<', '>', '|', '=']) {
        "O" => read_objects(array),
        text => read_fixed(array, text),
    }
}

/// Strings of a fixed number of bytes, or of UTF-32 characters; what fills them up at their ends is left out.
fn read_fixed<R: Read>(array: NpyFile<R>, dtype: &str) -> io::Result<Result<Value, ValueError>> {
    let (kind, size) = dtype.split_at(1);
    let width = if kind == "U" { 4 } else { 1 };
    let bytes = size
        .parse()
        .ok()
        .and_then(|size: u64| size.checked_mul(width));
    if bytes.is_none_or(|bytes| bytes > LONGEST) {
        return Err(invalid(format!(
            "elements of type {dtype}, and the maximum is {LONGEST} bytes"
        )));
    }
    let (shape, strings): (_, Vec<Box<[u8]>>) = match kind {
        "U" => row_major::<String, R, _>(array, |string| string.into_bytes().into())?,
        _ => row_major::<Vec<u8>, R, _>(array, Vec::into_boxed_slice)?,
    };
    Ok(Value::from_strings(shape, strings))
}

/// Python objects that are strings.
fn read_objects<R: Read>(array: NpyFile<R>) -> io::Result<Result<Value, ValueError>> {
    let (shape, order) = (shape(&array)?, order(&array));
    let mut bytes = Vec::new();
    array.into_inner().read_to_end(&mut bytes)?;
    let strings = pickle::strings(&bytes)?;
    if Some(strings.len()) != shape.checked_elements() {
        let found = strings.len();
        return Err(invalid(format!("{found} strings for shape {shape}")));
    }
    let strings = reordered(&shape, order, strings);
    Ok(Value::from_strings(shape, strings))
}

/// Writes strings as bytes, as many for each as the longest has. NumPy takes NULs at the end of a string for
/// such as fill it up, so that a string that ends with one cannot be written.
pub(super) fn write<W: Write>(writer: W, value: &Value) -> io::Result<()> {
    let strings = value
        .strings()
        .map_err(|error| invalid(error.to_string()))?;
    if strings.iter().any(|string| string.last() == Some(&0)) {
        return Err(invalid(
            "a string ends with a NUL, which an array cannot hold",
        ));
    }
    let longest = strings.iter().map(<[u8]>::len).max().unwrap_or(0).max(1);
    let dtype: TypeStr = format!("|S{longest}")
        .parse()
        .map_err(|error: npyz::ParseTypeStrError| invalid(error.to_string()))?;
    let extents: Vec<u64> = value.shape().iter().map(|&extent| extent as u64).collect();
    let mut writer = npyz::WriteOptions::<[u8]>::new()
        .dtype(npyz::DType::Plain(dtype))
        .shape(&extents)
        .writer(writer)
        .begin_nd()?;
    for string in strings.iter() {
        writer.push(string)?;
    }
    writer.finish()
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}
