//! SOFTMAX along the innermost axis.

use std::iter::zip;

use demilite_core::float::exp;
pub use demilite_core::quantization::layer::per_tensor;
use demilite_core::quantization::{SoftmaxScale, SoftmaxTables};
use demilite_core::quantization::{
    reciprocal, rounding_divide_by_pot, saturating_rounding_doubling_high_mul,
};

use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};
use half::f16;

use crate::quantized::element::QuantizedElement;

/// Floats: `exp((x − max) · beta)`, divided by the sum over the row.
pub fn softmax_f32(input: &[f32], depth: usize, beta: f32, output: &mut [f32]) {
    for (input, output) in zip(input.chunks_exact(depth), output.chunks_exact_mut(depth)) {
        let max = input.iter().fold(
            f32::MIN,
            |max, &value| if max < value { value } else { max },
        );
        let mut sum = 0.0;
        for (output, &value) in zip(output.iter_mut(), input) {
            *output = exp((value - max) * beta);
            sum += *output;
        }
        for output in output {
            *output /= sum;
        }
    }
}

/// Halves: exponentials and their sum in single precision, of which each share takes the exponential rounded to a half.
pub fn softmax_f16(input: &[f16], depth: usize, beta: f32, output: &mut [f16]) {
    for (input, output) in zip(input.chunks_exact(depth), output.chunks_exact_mut(depth)) {
        let max = input.iter().fold(
            f16::MIN,
            |max, &value| if max < value { value } else { max },
        );
        let mut sum = 0.0;
        for (output, value) in zip(output.iter_mut(), input) {
            let exponential = exp((value.to_f32() - max.to_f32()) * beta);
            *output = f16::from_f32(exponential);
            sum += exponential;
        }
        for output in output {
            *output = f16::from_f32(output.to_f32() / sum);
        }
    }
}

/// Integer bits of the sum of exponentials.
const SUM_INTEGER_BITS: i32 = 12;

/// 8-bit numbers: exponentials in Q0, their sum in Q12, its reciprocal by Newton's method.
///
/// The output's scale is 1/256 (1/65536 for 16-bit outputs) and its zero point the type's smallest
/// value, whatever its parameters say.
pub fn softmax_quantized<T: QuantizedElement, O: QuantizedElement>(
    input: &[T],
    depth: usize,
    scale: &SoftmaxScale,
    output: &mut [O],
) {
    let output_bits = 8 * size_of::<O>() as i32;
    for (input, output) in zip(input.chunks_exact(depth), output.chunks_exact_mut(depth)) {
        let max = input.iter().map(|value| value.to_i32()).max().unwrap_or(0);
        let exp = |value: &T| scale.exp(value.to_i32() - max);
        let sum = input.iter().filter_map(exp).fold(0_i32, |sum, exp| {
            sum.wrapping_add(rounding_divide_by_pot(exp, SUM_INTEGER_BITS))
        });
        let (reciprocal, bits_over_unit) = reciprocal(sum, SUM_INTEGER_BITS as u32);
        let exponent = bits_over_unit + 31 - output_bits;
        for (output, value) in zip(output, input) {
            // Beyond 31 bits every share is below half a step.
            let share = exp(value).filter(|_| exponent <= 31).map_or(0, |exp| {
                rounding_divide_by_pot(
                    saturating_rounding_doubling_high_mul(reciprocal, exp),
                    exponent,
                )
            });
            *output = O::saturate(share.saturating_add(O::RANGE.0));
        }
    }
}

/// 16-bit numbers: exponentials from a table, their sum in Q16.15, its reciprocal from a table.
pub fn softmax_i16(input: &[i16], depth: usize, tables: &SoftmaxTables, output: &mut [i16]) {
    let saturate = |value: i32| i16::saturate(value);
    for (input, output) in zip(input.chunks_exact(depth), output.chunks_exact_mut(depth)) {
        let max = input.iter().copied().max().map_or(0, i32::from);
        let mut sum = 0_i32;
        for (output, &value) in zip(output.iter_mut(), input) {
            *output = tables.exp(i32::from(value) - max);
            sum = sum.wrapping_add(i32::from(*output));
        }
        let headroom = (sum.leading_zeros() as i32 - 1).max(0);
        let normalized = (((i64::from(sum) << headroom) + (1 << 13)) >> 14) as i32;
        let fraction = saturate(normalized - ((1 << 15) + (1 << 16)));
        let reciprocal = i64::from(tables.one_over_one_plus.get(fraction));
        let right_shift = 30 - headroom;
        for output in output {
            let product = i64::from(*output) * reciprocal;
            let share = (product + (1 << (right_shift - 1))) >> right_shift;
            *output = share.clamp(0, 32767) as i16;
        }
    }
}

fn quantized<T, O>(op: &op::Softmax, node: &NodeContext<'_>) -> Prepared
where
    T: QuantizedElement,
    O: QuantizedElement,
{
    let (input_scale, _) = per_tensor(node.required(0)?)?;
    let depth = depth(node)?;
    let scale = SoftmaxScale::new(input_scale, op.beta).ok_or_else(|| {
        Reject::invalid(format!(
            "an input scale of {input_scale} with beta {} is too small for its fixed point",
            op.beta
        ))
    })?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        softmax_quantized::<T, O>(io.input(0)?, depth, &scale, io.output()?);
        Ok(())
    }))
}

/// The extent of the innermost dimension; an empty tensor has rows of one element, and none.
fn depth(node: &NodeContext<'_>) -> Result<usize, Unprepared> {
    Ok(node.shape(0)?.last().copied().unwrap_or(1).max(1))
}

/// Checks that a signed output has the scale that the arithmetic gives it, to 0.1 %.
fn expect_output(node: &NodeContext<'_>, scale: f32, zero_point: i32) -> Result<(), Unprepared> {
    let output = per_tensor(node.output(0))?;
    if (output.0 - scale).abs() <= 0.001 * scale && output.1 == zero_point {
        return Ok(());
    }
    Err(Reject::invalid(format!(
        "its output has scale {} and zero point {} where {scale} and {zero_point} are needed",
        output.0, output.1
    ))
    .into())
}

pub(crate) fn prepare(op: &op::Softmax, node: &NodeContext<'_>) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [DataType::Float32, DataType::Float32] => {
            let (depth, beta) = (depth(node)?, op.beta);
            Ok(Box::new(move |io: &mut KernelIo<'_>| {
                softmax_f32(io.input(0)?, depth, beta, io.output()?);
                Ok(())
            }))
        }
        [DataType::Float16, DataType::Float16] => {
            let (depth, beta) = (depth(node)?, op.beta);
            Ok(Box::new(move |io: &mut KernelIo<'_>| {
                softmax_f16(io.input(0)?, depth, beta, io.output()?);
                Ok(())
            }))
        }
        [DataType::Int8, DataType::Int8] => {
            expect_output(node, 1.0 / 256.0, -128)?;
            quantized::<i8, i8>(op, node)
        }
        [DataType::Int8, DataType::Int16] => quantized::<i8, i16>(op, node),
        [DataType::UInt8, DataType::UInt8] => quantized::<u8, u8>(op, node),
        [DataType::UInt8, DataType::Int16] => quantized::<u8, i16>(op, node),
        [DataType::Int16, DataType::Int16] => {
            expect_output(node, 1.0 / 32768.0, 0)?;
            let (input_scale, _) = per_tensor(node.required(0)?)?;
            let depth = depth(node)?;
            let tables = SoftmaxTables::new(input_scale, op.beta);
            Ok(Box::new(move |io: &mut KernelIo<'_>| {
                softmax_i16(io.input(0)?, depth, &tables, io.output()?);
                Ok(())
            }))
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real_softmax(input: &[f64]) -> Vec<f64> {
        let sum: f64 = input.iter().map(|x| x.exp()).sum();
        input.iter().map(|x| x.exp() / sum).collect()
    }

    #[test]
    fn floats_sum_to_one_row_by_row() {
        let mut output = [0.0; 4];
        softmax_f32(&[0.0, 0.0, 1000.0, 0.0], 2, 1.0, &mut output);
        assert_eq!(output, [0.5, 0.5, 1.0, 0.0]);
    }

    #[test]
    fn eight_bits_follow_the_real_softmax() {
        let scale = SoftmaxScale::new(0.1, 1.0).unwrap();
        let input: Vec<i8> = vec![-128, -20, 0, 13, 40, 39, 127];
        let reals: Vec<f64> = input.iter().map(|&q| 0.1 * f64::from(q)).collect();
        let mut output = vec![0_i8; input.len()];
        softmax_quantized(&input, input.len(), &scale, &mut output);
        for (&actual, real) in zip(&output, real_softmax(&reals)) {
            let expected = (real * 256.0).round().min(255.0) - 128.0;
            assert!((f64::from(actual) - expected).abs() <= 1.0);
        }
        let mut unsigned = [0_u8; 2];
        softmax_quantized(&[5_u8, 5], 2, &scale, &mut unsigned);
        assert_eq!(unsigned, [128, 128]);
    }

    #[test]
    fn sixteen_bits_follow_the_real_softmax() {
        let tables = SoftmaxTables::new(1e-4, 1.0);
        let input: Vec<i16> = vec![-30000, 0, 11111, 12000, 32767];
        let reals: Vec<f64> = input.iter().map(|&q| 1e-4 * f64::from(q)).collect();
        let mut output = vec![0; input.len()];
        softmax_i16(&input, input.len(), &tables, &mut output);
        for (&actual, real) in zip(&output, real_softmax(&reals)) {
            assert!((f64::from(actual) - real * 32768.0).abs() <= 4.0);
        }
    }

    #[test]
    fn scales_too_small_for_the_fixed_point_are_refused() {
        assert_eq!(SoftmaxScale::new(1e-9, 1.0), None);
    }
}
