//! The `.tflite` format: its tables as plain structs, read from a FlatBuffer and written into one.
//!
//! [`read`] gives a [`Model`] whose structs mirror the schema: names in snake case (`type`, a
//! keyword, has a longer name), numbers as they are in the file, `None` for a vector, a string or a
//! table that is absent. Enumerations stay numbers, whose meanings the fields' descriptions give;
//! `TensorType` and `ActivationFunctionType`, which many fields share, are these:
//!
//! | `TensorType` | | | |
//! |---|---|---|---|
//! | 0 `FLOAT32` | 6 `BOOL` | 12 `UINT64` | 18 `BFLOAT16` |
//! | 1 `FLOAT16` | 7 `INT16` | 13 `RESOURCE` | 19 `INT2` |
//! | 2 `INT32` | 8 `COMPLEX64` | 14 `VARIANT` | 20 `UINT4` |
//! | 3 `UINT8` | 9 `INT8` | 15 `UINT32` | 21 `FLOAT8_E4M3FN` |
//! | 4 `INT64` | 10 `FLOAT64` | 16 `UINT16` | 22 `FLOAT8_E5M2` |
//! | 5 `STRING` | 11 `COMPLEX128` | 17 `INT4` | |
//!
//! | `ActivationFunctionType` | | |
//! |---|---|---|
//! | 0 `NONE` | 1 `RELU` | 2 `RELU_N1_TO_1` |
//! | 3 `RELU6` | 4 `TANH` | 5 `SIGN_BIT` |
//!
//! Nothing here judges whether the numbers make sense: indices may be out of range and operators
//! unknown. What holds after reading is that every value lay within the file. Fields and union
//! members from later versions of the schema are left out, so that such a model does not survive
//! reading and writing whole.

mod error;
mod field;
mod model;
mod operator;
mod options;
mod reader;
pub(crate) mod runtime_release;
#[cfg(test)]
mod sample;
mod table;
mod tensor;
#[cfg(test)]
mod tests;
mod union;
mod writer;

pub use error::{Fault, SchemaError};
pub use model::*;
pub use operator::BuiltinOperator;
pub use options::*;
pub use tensor::*;

use field::Referenced;
use reader::Reader;
use writer::Writer;

/// Bytes 4 to 7 of every `.tflite` file: TensorFlow Lite, version 3 of the schema.
pub const IDENTIFIER: &str = "TFL3";

/// Reads the bytes of a `.tflite` file. Constants are borrowed, everything else is copied.
///
/// Any bytes whatsoever give a model or an error, in memory and time proportional to their number.
/// Misaligned values and names that are not UTF-8, both found in real files, are not errors.
///
/// # Errors
///
/// [`SchemaError::TooShort`] and [`SchemaError::WrongIdentifier`] for files that are not models, and
/// [`SchemaError::Malformed`] for damaged ones.
pub fn read(bytes: &[u8]) -> Result<Model<'_>, SchemaError> {
    let Some((header, _)) = bytes.split_first_chunk::<8>() else {
        return Err(SchemaError::TooShort {
            length: bytes.len(),
        });
    };
    let [.., a, b, c, d] = *header;
    let identifier = [a, b, c, d];
    if identifier != IDENTIFIER.as_bytes() {
        let looks_like = error::resemblance(bytes);
        return Err(SchemaError::WrongIdentifier {
            identifier,
            looks_like,
        });
    }
    let limits = reader::limits(bytes.len());
    let mut reader = Reader::new(bytes, &limits);
    let root = reader.follow(0);
    root.and_then(|root| Model::read(&mut reader, root))
        .map_err(|error| error.within("Model"))
}

/// Writes a model as the bytes of a `.tflite` file, with the data of its buffers at multiples of 16
/// bytes.
///
/// # Errors
///
/// [`SchemaError::TooLarge`] beyond 2 GiB, [`SchemaError::DetachedBytes`] for a model whose
/// [`Buffer::offset`] or [`Operator::large_custom_options_offset`] points into the file it came from, and [`SchemaError::UnknownUnionMember`] for a model with
/// a member that was read without its table.
pub fn write(model: &Model<'_>) -> Result<Vec<u8>, SchemaError> {
    check_attached(model)?;
    let buffers = model.buffers.iter().flatten();
    let lengths = buffers.filter_map(|buffer| buffer.data).map(<[u8]>::len);
    let data = lengths.fold(0, usize::saturating_add);
    if data > flatbuffers::FLATBUFFERS_MAX_BUFFER_SIZE {
        return Err(SchemaError::TooLarge {
            path: "Model.buffers".to_owned(),
        });
    }
    // Room for the graph beside the data; the writer grows where it is not enough.
    let mut writer = Writer::with_capacity(data + data / 8 + (16 << 10));
    let root = model
        .write(&mut writer)
        .map_err(|error| error.within("Model"))?;
    Ok(writer.finish(root, IDENTIFIER))
}

/// Checks that no bytes of the model lie beyond a FlatBuffer: offsets of 0 and 1 stand for none.
fn check_attached(model: &Model<'_>) -> Result<(), SchemaError> {
    for (index, buffer) in model.buffers.iter().flatten().enumerate() {
        if buffer.offset > 1 {
            let path = format!("Model.buffers[{index}].offset");
            return Err(SchemaError::DetachedBytes { path });
        }
    }
    for (graph, subgraph) in model.subgraphs.iter().flatten().enumerate() {
        for (index, operator) in subgraph.operators.iter().flatten().enumerate() {
            if operator.large_custom_options_offset > 1 {
                let path = format!(
                    "Model.subgraphs[{graph}].operators[{index}].large_custom_options_offset"
                );
                return Err(SchemaError::DetachedBytes { path });
            }
        }
    }
    Ok(())
}
