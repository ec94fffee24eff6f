//! PAD and PADV2: the input in the middle of a constant.

use demilite_core::op::pad::paddings;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::quantized::element::QuantizedElement;

/// Copies `input` of shape `shape` into `output`, with `padding[axis]` elements of `fill` before
/// and after it along each axis.
pub fn pad<T: Copy>(
    input: &[T],
    shape: &[usize],
    padding: &[[usize; 2]],
    fill: T,
    output: &mut [T],
) {
    let (Some((&extent, inner_shape)), Some((&[before, _], inner_padding))) =
        (shape.split_first(), padding.split_first())
    else {
        output.copy_from_slice(input);
        return;
    };
    let inner_output: usize = inner_shape
        .iter()
        .zip(inner_padding)
        .map(|(extent, [before, after])| before + extent + after)
        .product();
    let (head, rest) = output.split_at_mut(before * inner_output);
    let (body, tail) = rest.split_at_mut(extent * inner_output);
    head.fill(fill);
    tail.fill(fill);
    if inner_output == 0 || extent == 0 {
        return;
    }
    if inner_shape.is_empty() {
        body.copy_from_slice(input);
        return;
    }
    let inner_input = input.len() / extent;
    for (index, output) in body.chunks_exact_mut(inner_output).enumerate() {
        let input = &input[index * inner_input..][..inner_input];
        pad(input, inner_shape, inner_padding, fill, output);
    }
}

/// A kernel over elements of `N` bytes; `zero` is what it fills with where no value is given.
fn sized<const N: usize>(op: &op::Pad, node: &NodeContext<'_>, zero: [u8; N]) -> Prepared {
    let shape = node.shape(0)?.clone();
    let padding = paddings(&shape, &node.indices(1)?)?;
    let has_value = op.has_value;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let value = io.optional(2).filter(|_| has_value);
        let value = value.and_then(|value| value.bytes().first_chunk::<N>());
        let (input, _) = io.view(0)?.bytes().as_chunks::<N>();
        let (output, _) = io.outputs[0].bytes_mut().as_chunks_mut::<N>();
        pad(input, &shape, &padding, *value.unwrap_or(&zero), output);
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
        return Err(
            Reject::invalid("its value needs the scale and zero point of its output").into(),
        );
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
        DataType::Bool => sized(op, node, [0]),
        DataType::Float16 => sized(op, node, [0; 2]),
        DataType::Float32 | DataType::Int32 => sized(op, node, [0; 4]),
        DataType::Int64 => sized(op, node, [0; 8]),
        DataType::Int8 => sized(op, node, i8::saturate(zero_point(op, node)?).to_ne_bytes()),
        DataType::UInt8 => sized(op, node, u8::saturate(zero_point(op, node)?).to_ne_bytes()),
        DataType::Int16 => sized(op, node, i16::saturate(zero_point(op, node)?).to_ne_bytes()),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_lies_in_the_middle() {
        let mut output = [7; 12];
        pad(&[1, 2, 3, 4], &[2, 2], &[[1, 0], [0, 2]], 0, &mut output);
        assert_eq!(output, [0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0]);
    }

    #[test]
    fn empty_inputs_leave_only_the_constant() {
        let mut output = [7; 6];
        pad(&[], &[0, 3], &[[1, 1], [0, 0]], 5, &mut output);
        assert_eq!(output, [5; 6]);
        pad(&[], &[2, 0], &[[0, 0], [1, 2]], 4, &mut output);
        assert_eq!(output, [4; 6]);
        let mut scalar = [0];
        pad(&[9], &[], &[], 1, &mut scalar);
        assert_eq!(scalar, [9]);
    }
}
