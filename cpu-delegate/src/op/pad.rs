//! PAD and PADV2: the input in the middle of a constant.

use demilite_core::op::pad::paddings;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, Reject, Shape, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::elementwise::integer::Integer;
use crate::movement::places::Places;

/// A kernel over elements of `N` bytes; `zero` is what it fills with where no value is given.
fn sized<const N: usize>(op: &op::Pad, node: &NodeContext<'_>, zero: [u8; N]) -> Prepared {
    let shape = node.shape(0)?.clone();
    let padding = paddings(&shape, &node.indices(1)?)?;
    let padded = shape.iter().zip(&padding);
    let padded = padded.map(|(extent, [before, after])| extent + before + after);
    let strides = Shape::new(padded.collect::<Vec<_>>()).strides();
    let places = Places::new(&shape, N, |axis, index| {
        (padding[axis][0] + index) * strides[axis]
    });
    let has_value = op.has_value;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let value = io.optional(2).filter(|_| has_value);
        let value = value.and_then(|value| value.bytes().first_chunk::<N>());
        let input = io.view(0)?.bytes();
        let output = io.outputs[0].bytes_mut();
        output.as_chunks_mut::<N>().0.fill(*value.unwrap_or(&zero));
        places.put(input, output);
        Ok(())
    }))
}

/// The integer to fill with where no value is given: the output's zero point, or 0 where nothing is quantized.
///
/// LiteRT goes by the output for uint8, and by the input for int8 and int16.
fn zero_point(op: &op::Pad, node: &NodeContext<'_>) -> Result<i32, Unprepared> {
    let (input, output) = (node.required(0)?, node.output(0));
    let decides = match output.dtype {
        DataType::UInt8 => output,
        _ => input,
    };
    if decides.quantization.is_none() {
        return Ok(0);
    }
    if op.has_value && node.required(2)?.quantization != output.quantization {
        let rule = "its value needs the scale and zero point of its output";
        return Err(Reject::invalid(rule).into());
    }
    match &output.quantization {
        Some(_) => Ok(per_tensor(output)?.1),
        None => Ok(0),
    }
}

pub(crate) fn prepare(op: &op::Pad, node: &NodeContext<'_>) -> Prepared {
    let dtype = node.required(0)?.dtype;
    let value = node.input(2).filter(|_| op.has_value);
    if node.output(0).dtype != dtype || value.is_some_and(|value| value.dtype != dtype) {
        return Err(Unprepared::types(node));
    }
    match dtype {
        DataType::Float32 => sized(op, node, [0; 4]),
        DataType::Int8 => sized(op, node, i8::saturate(zero_point(op, node)?).to_ne_bytes()),
        DataType::UInt8 => sized(op, node, u8::saturate(zero_point(op, node)?).to_ne_bytes()),
        DataType::Int16 => sized(op, node, i16::saturate(zero_point(op, node)?).to_ne_bytes()),
        _ => Err(Unprepared::types(node)),
    }
}
