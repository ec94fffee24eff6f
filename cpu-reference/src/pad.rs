//! PAD and PADV2: the input in the middle of a constant.

use demilite_core::op::pad::paddings;
use demilite_core::{DataType, Element, NodeContext, Reject, op};

use crate::kernel::{KernelIo, Prepared, Unprepared};
use crate::quantized_element::QuantizedElement;
use crate::tensor_parameters::per_tensor;

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

fn typed<T: Element + Send>(op: &op::Pad, node: &NodeContext<'_>, zero: T) -> Prepared {
    let shape = node.shape(0)?.clone();
    let padding = paddings(&shape, &node.indices(1)?)?;
    let has_value = op.has_value;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let fill = if has_value {
            *io.input::<T>(2)?.first().unwrap_or(&zero)
        } else {
            zero
        };
        pad(io.input(0)?, &shape, &padding, fill, io.output()?);
        Ok(())
    }))
}

fn quantized<T: QuantizedElement>(op: &op::Pad, node: &NodeContext<'_>) -> Prepared {
    let output = node.output(0);
    if op.has_value && node.required(2)?.quantization != output.quantization {
        return Err(
            Reject::invalid("its value needs the scale and zero point of its output").into(),
        );
    }
    typed(op, node, T::saturate(per_tensor(output)?.1))
}

pub(crate) fn prepare(op: &op::Pad, node: &NodeContext<'_>) -> Prepared {
    let dtype = node.required(0)?.dtype;
    let value = node.input(2).filter(|_| op.has_value);
    if node.output(0).dtype != dtype || value.is_some_and(|value| value.dtype != dtype) {
        return Err(Unprepared::types(node));
    }
    match dtype {
        DataType::Float32 => typed(op, node, 0.0_f32),
        DataType::Int32 => typed(op, node, 0_i32),
        DataType::Int64 => typed(op, node, 0_i64),
        DataType::Int8 => quantized::<i8>(op, node),
        DataType::UInt8 => quantized::<u8>(op, node),
        DataType::Int16 => quantized::<i16>(op, node),
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
