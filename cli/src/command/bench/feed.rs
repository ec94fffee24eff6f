//! What a benchmark feeds a model with.

use demilite::{DataType, Graph, Shape, Value};

use crate::failure::Failure;

/// Inputs of the right types and shapes: floats from -1 to 1 and quantized integers over their
/// range, from a fixed sequence; other types zeros, which are valid indices too, and empty strings.
pub(super) fn inputs(graph: &Graph, shapes: &[Shape]) -> Result<Vec<Value>, Failure> {
    let mut state = 1_u32;
    std::iter::zip(graph.inputs(), shapes)
        .map(|(&id, shape)| {
            let dtype = graph.tensor(id).dtype;
            let value = match dtype {
                DataType::String => {
                    Value::from_strings(shape.clone(), std::iter::repeat_n("", shape.elements()))
                }
                _ => Value::zeros(dtype, shape.clone()),
            };
            let mut value = value.map_err(|error| Failure::Run(error.to_string()))?;
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            match dtype {
                DataType::Float32 => {
                    for element in value.as_mut_slice::<f32>().unwrap_or_default() {
                        *element = f32::from(next()) / 127.5 - 1.0;
                    }
                }
                DataType::Int8 | DataType::UInt8 | DataType::Int16 => {
                    value.bytes_mut().fill_with(next);
                }
                _ => {}
            }
            Ok(value)
        })
        .collect()
}
