//! CONCATENATION along one axis.

use demilite_core::op::{self, Activation};
use demilite_core::quantization::layer::per_tensor;
pub use demilite_core::quantization::rescale_u8;
use demilite_core::{DataType, NodeContext, OpError, Reject};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared};

/// Lays the inputs side by side.
///
/// Each input comes with the number of its elements that follow one another for each step of the
/// axes outside the concatenation: its extent along the axis times the extents inside.
pub fn concatenate<T: Copy>(inputs: &[(&[T], usize)], output: &mut [T]) {
    let row_length: usize = inputs.iter().map(|(_, length)| length).sum();
    if row_length == 0 {
        return;
    }
    for (row, output) in output.chunks_exact_mut(row_length).enumerate() {
        let mut rest = output;
        for &(input, length) in inputs {
            let (here, after) = rest.split_at_mut(length);
            here.copy_from_slice(&input[row * length..][..length]);
            rest = after;
        }
    }
}

/// The elements that follow one another in each input, for each step of the axes outside.
fn row_lengths(op: &op::Concatenation, node: &NodeContext<'_>) -> Result<Vec<usize>, Unprepared> {
    (0..node.input_count())
        .map(|index| {
            let shape = node.shape(index)?;
            let axis = shape.axis(op.axis.into())?;
            Ok(shape[axis..].iter().product())
        })
        .collect()
}

fn bytes(row_lengths: Vec<usize>, element_bytes: usize) -> Box<dyn Kernel> {
    Box::new(move |io: &mut KernelIo<'_>| {
        let inputs = row_lengths
            .iter()
            .enumerate()
            .map(|(index, length)| Ok((io.view(index)?.bytes(), length * element_bytes)))
            .collect::<Result<Vec<_>, OpError>>()?;
        concatenate(&inputs, io.outputs[0].bytes_mut());
        Ok(())
    })
}

fn legacy(row_lengths: Vec<usize>, node: &NodeContext<'_>) -> Prepared {
    let to = per_tensor(node.output(0))?;
    let from = (0..node.input_count())
        .map(|index| Ok(per_tensor(node.required(index)?)?))
        .collect::<Result<Vec<_>, Unprepared>>()?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let rescaled = from
            .iter()
            .enumerate()
            .map(|(index, &from)| Ok(rescale_u8(io.input(index)?, from, to)))
            .collect::<Result<Vec<_>, OpError>>()?;
        let inputs: Vec<(&[u8], usize)> = rescaled
            .iter()
            .zip(&row_lengths)
            .map(|(input, &length)| (&input[..], length))
            .collect();
        concatenate(&inputs, io.output()?);
        Ok(())
    }))
}

pub(crate) fn prepare(op: &op::Concatenation, node: &NodeContext<'_>) -> Prepared {
    if op.activation != Activation::None {
        return Err(Reject::unsupported("no kernel with a fused activation").into());
    }
    let output = node.output(0);
    for index in 0..node.input_count() {
        let input = node.required(index)?;
        if input.dtype != output.dtype {
            return Err(Unprepared::types(node));
        }
        if output.dtype == DataType::Int8 && input.quantization != output.quantization {
            return Err(Reject::invalid(format!(
                "its input {index} needs the scale and zero point of its output"
            ))
            .into());
        }
    }
    let row_lengths = row_lengths(op, node)?;
    let mut inputs = (0..node.input_count()).filter_map(|index| node.input(index));
    if output.dtype == DataType::UInt8
        && output.quantization.is_none()
        && inputs.any(|input| input.quantization.is_some())
    {
        return Err(Reject::invalid("an input has a scale, and its output has none").into());
    }
    match (output.dtype, output.dtype.bits()) {
        (DataType::UInt8, _) if output.quantization.is_some() => legacy(row_lengths, node),
        (_, Some(bits)) if bits % 8 == 0 => Ok(bytes(row_lengths, bits / 8)),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_alternate() {
        let mut output = [0; 10];
        concatenate(
            &[(&[1, 2, 3, 4], 2), (&[], 0), (&[5, 6, 7, 8, 9, 10], 3)],
            &mut output,
        );
        assert_eq!(output, [1, 2, 5, 6, 7, 3, 4, 8, 9, 10]);
    }

    #[test]
    fn legacy_inputs_are_rescaled() {
        let rescaled = rescale_u8(&[10, 13, 255, 0], (0.5, 10), (0.25, 100));
        assert_eq!(rescaled, [100, 106, 255, 80]);
        assert_eq!(rescale_u8(&[7], (0.5, 10), (0.5, 10)), [7]);
    }
}
