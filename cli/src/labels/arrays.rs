//! What is right, in arrays.

use std::path::Path;

use demilite::npz::{NpzReader, read_npy};
use demilite::{DataType, Value};

use crate::failure::Failure;

/// The integers of an array.
pub(crate) fn integers(path: &Path) -> Result<Vec<i64>, Failure> {
    let value = array(path)?;
    let wide = |integers: Vec<i64>| Ok(integers);
    match value.dtype() {
        DataType::Int64 => wide(value.as_slice::<i64>()?.to_vec()),
        DataType::Int32 => wide(value.as_slice::<i32>()?.iter().map(|&q| q.into()).collect()),
        DataType::Int16 => wide(value.as_slice::<i16>()?.iter().map(|&q| q.into()).collect()),
        DataType::Int8 => wide(value.as_slice::<i8>()?.iter().map(|&q| q.into()).collect()),
        DataType::UInt8 => wide(value.as_slice::<u8>()?.iter().map(|&q| q.into()).collect()),
        DataType::UInt16 => wide(value.as_slice::<u16>()?.iter().map(|&q| q.into()).collect()),
        DataType::UInt32 => wide(value.as_slice::<u32>()?.iter().map(|&q| q.into()).collect()),
        other => Err(Failure::Invalid(format!(
            "{}: labels are integers, and this array is {other}",
            path.display()
        ))),
    }
}

/// The numbers of an array whose first axis runs over samples, in a row for each.
pub(crate) fn rows(path: &Path) -> Result<Vec<Vec<f32>>, Failure> {
    let value = array(path)?;
    let reals = value.to_reals(None)?;
    let samples = value.shape().first().copied().unwrap_or(0);
    if let Some(place) = reals.iter().position(|real| !real.is_finite()) {
        return Err(Failure::Invalid(format!(
            "{}: the target at element {place} is {}, which no answer can be near to",
            path.display(),
            reals[place]
        )));
    }
    let length = reals.len().checked_div(samples).unwrap_or(0);
    let rows = reals.chunks(length.max(1)).map(<[f32]>::to_vec);
    Ok(rows.take(samples).collect())
}

/// An array, or that of an archive called `y`, or its one array.
fn array(path: &Path) -> Result<Value, Failure> {
    if path.extension().is_some_and(|extension| extension == "npy") {
        return Ok(read_npy(path)?);
    }
    let mut archive = NpzReader::open(path)?;
    let names = archive.names();
    let name = match names.as_slice() {
        [only] => only.clone(),
        _ if names.iter().any(|name| name == "y") => "y".to_owned(),
        _ => {
            return Err(Failure::Usage(format!(
                "{} has no array y that says what is right; it has {}",
                path.display(),
                names.join(", ")
            )));
        }
    };
    Ok(archive.value(&name)?)
}
