//! L2_NORMALIZATION along the innermost axis.

use std::iter::zip;

use demilite_core::op::{self, Activation};
use demilite_core::quantization::layer::per_tensor;
use demilite_core::quantization::{
    QuantizedMultiplier, inverse_square_root, rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
};
use demilite_core::{DataType, Element, NodeContext, Reject};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::quantized::element::QuantizedElement;

/// Floats: each row divided by its length, or by 1e-6 if that is greater.
pub fn l2_normalization_f32(input: &[f32], depth: usize, output: &mut [f32]) {
    for (input, output) in zip(input.chunks_exact(depth), output.chunks_exact_mut(depth)) {
        let square = input.iter().fold(0.0_f32, |sum, value| sum + value * value);
        let root = square.sqrt();
        // A NaN is not smaller than the least length, and stays.
        let length = if root < 1e-6 { 1e-6 } else { root };
        for (output, value) in zip(output, input) {
            *output = value / length;
        }
    }
}

/// The inverse length of a row of quantized numbers, in steps of the input's scale.
fn inverse_length<T: QuantizedElement>(row: &[T], zero_point: i32) -> QuantizedMultiplier {
    let square = row.iter().fold(0_i32, |sum, value| {
        let offset = value.to_i32() - zero_point;
        sum.wrapping_add(offset * offset)
    });
    inverse_square_root(square)
}

/// Signed 8-bit numbers; the output has scale 1/128, which is part of the multiplier, and zero
/// point 0.
pub fn l2_normalization_i8(input: &[i8], depth: usize, zero_point: i32, output: &mut [i8]) {
    for (input, output) in zip(input.chunks_exact(depth), output.chunks_exact_mut(depth)) {
        let mut inverse = inverse_length(input, zero_point);
        inverse.shift += 7;
        for (output, value) in zip(output, input) {
            *output = i8::saturate(inverse.apply(value.to_i32() - zero_point));
        }
    }
}

/// Unsigned 8-bit numbers; the output has scale 1/128, which multiplies the input beforehand, and
/// zero point 128.
pub fn l2_normalization_u8(input: &[u8], depth: usize, zero_point: i32, output: &mut [u8]) {
    for (input, output) in zip(input.chunks_exact(depth), output.chunks_exact_mut(depth)) {
        let inverse = inverse_length(input, zero_point);
        for (output, value) in zip(output, input) {
            let product = saturating_rounding_doubling_high_mul(
                128 * (value.to_i32() - zero_point),
                inverse.multiplier,
            );
            *output = u8::saturate(128 + rounding_divide_by_pot(product, -inverse.shift));
        }
    }
}

fn kernel<T: Element>(
    node: &NodeContext<'_>,
    normalize: impl Fn(&[T], usize, &mut [T]) + Send + Sync + 'static,
) -> Prepared {
    // An empty tensor has rows of one element, and none.
    let depth = node.shape(0)?.last().copied().unwrap_or(1).max(1);
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        normalize(io.input(0)?, depth, io.output()?);
        Ok(())
    }))
}

/// The zero point of a quantized input, where the output's parameters are those that the
/// arithmetic gives it.
fn input_zero_point(node: &NodeContext<'_>, due: i32) -> Result<i32, Unprepared> {
    let output = per_tensor(node.output(0))?;
    if output != (1.0 / 128.0, due) {
        return Err(Reject::invalid(format!(
            "its output has scale {} and zero point {} where 1/128 and {due} are needed",
            output.0, output.1
        ))
        .into());
    }
    Ok(per_tensor(node.required(0)?)?.1)
}

pub(crate) fn prepare(op: &op::L2Normalization, node: &NodeContext<'_>) -> Prepared {
    if op.activation != Activation::None {
        let activation = op.activation;
        return Err(Reject::unsupported(format!(
            "no kernel for the fused activation {activation:?}"
        ))
        .into());
    }
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [DataType::Float32, DataType::Float32] => kernel(node, l2_normalization_f32),
        [DataType::Int8, DataType::Int8] => {
            let zero_point = input_zero_point(node, 0)?;
            kernel(node, move |input, depth, output: &mut [i8]| {
                l2_normalization_i8(input, depth, zero_point, output);
            })
        }
        [DataType::UInt8, DataType::UInt8] => {
            let zero_point = input_zero_point(node, 128)?;
            kernel(node, move |input, depth, output: &mut [u8]| {
                l2_normalization_u8(input, depth, zero_point, output);
            })
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_to_length_one() {
        let mut output = [0.0; 4];
        l2_normalization_f32(&[3.0, 4.0, 0.0, 0.0], 2, &mut output);
        assert_eq!(output, [0.6, 0.8, 0.0, 0.0]);
    }

    #[test]
    fn quantized_rows_come_to_length_one() {
        let mut output = [0; 2];
        l2_normalization_i8(&[32, 42], 2, 2, &mut output);
        // 0.6 and 0.8 in steps of 1/128.
        assert_eq!(output, [77, 102]);
        let mut output = [0; 2];
        l2_normalization_u8(&[32, 0], 2, 40, &mut output);
        // −8 and −40 over √1664.
        assert_eq!(output, [128 - 25, 128 - 126]);
    }
}
