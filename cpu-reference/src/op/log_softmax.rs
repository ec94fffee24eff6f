//! LOG_SOFTMAX along the innermost axis.

use std::iter::zip;

use demilite_core::float::exp;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::quantization::{LogSoftmaxScale, log_of_at_least_one, rounding_divide_by_pot};
use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::quantized::element::QuantizedElement;

/// Floats: the difference from the row's maximum, less the logarithm of the sum of exponentials.
pub fn log_softmax_f32(input: &[f32], depth: usize, output: &mut [f32]) {
    for (input, output) in zip(input.chunks_exact(depth), output.chunks_exact_mut(depth)) {
        let max = input.iter().fold(
            f32::MIN,
            |max, &value| if max < value { value } else { max },
        );
        let sum = input.iter().fold(0.0, |sum, &value| sum + exp(value - max));
        let log_sum = sum.ln();
        for (output, &value) in zip(output, input) {
            *output = value - max - log_sum;
        }
    }
}

/// Integer bits of the logarithm, and of the scaled difference from the row's maximum.
const LOGARITHM_INTEGER_BITS: i32 = 5;
/// Integer bits of the output.
const OUTPUT_INTEGER_BITS: i32 = 4;

/// 8-bit numbers: exponentials in Q0, their sum in Q12, its logarithm in Q5.
///
/// The output's scale is 1/16 and its zero point the type's greatest value.
pub fn log_softmax_quantized<T: QuantizedElement>(
    input: &[T],
    depth: usize,
    scale: &LogSoftmaxScale,
    output: &mut [T],
) {
    let exponent = 31 - LOGARITHM_INTEGER_BITS - OUTPUT_INTEGER_BITS;
    for (input, output) in zip(input.chunks_exact(depth), output.chunks_exact_mut(depth)) {
        let max = input.iter().map(|value| value.to_i32()).max().unwrap_or(0);
        let sum = input.iter().fold(0_i32, |sum, value| {
            sum.wrapping_add(scale.exp(value.to_i32() - max))
        });
        let log_sum = log_of_at_least_one(sum);
        // Below this difference the result would leave Q5.
        let limit = scale.reverse().apply(log_sum.wrapping_add(i32::MIN));
        let limit = limit.max(scale.smallest_difference() - 1);
        for (output, value) in zip(output, input) {
            let difference = value.to_i32() - max;
            *output = if difference > limit {
                let scaled = scale.scaled(difference).wrapping_sub(log_sum);
                T::saturate(rounding_divide_by_pot(scaled, exponent).saturating_add(T::RANGE.1))
            } else {
                T::saturate(T::RANGE.0)
            };
        }
    }
}

/// The extent of the innermost dimension; an empty tensor has rows of one element, and none.
fn depth(node: &NodeContext<'_>) -> Result<usize, Unprepared> {
    Ok(node.shape(0)?.last().copied().unwrap_or(1).max(1))
}

fn quantized<T: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let (input_scale, _) = per_tensor(node.required(0)?)?;
    let output = per_tensor(node.output(0))?;
    let due = (16.0 / 256.0, T::RANGE.1);
    if output != due {
        return Err(Reject::invalid(format!(
            "its output has scale {} and zero point {} where {} and {} are needed",
            output.0, output.1, due.0, due.1
        ))
        .into());
    }
    let depth = depth(node)?;
    let scale = LogSoftmaxScale::new(input_scale).ok_or_else(|| {
        Reject::invalid(format!(
            "an input scale of {input_scale} is too small for its fixed point"
        ))
    })?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        log_softmax_quantized::<T>(io.input(0)?, depth, &scale, io.output()?);
        Ok(())
    }))
}

pub(crate) fn prepare(_: &op::LogSoftmax, node: &NodeContext<'_>) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [DataType::Float32, DataType::Float32] => {
            let depth = depth(node)?;
            Ok(Box::new(move |io: &mut KernelIo<'_>| {
                log_softmax_f32(io.input(0)?, depth, io.output()?);
                Ok(())
            }))
        }
        [DataType::Int8, DataType::Int8] => quantized::<i8>(node),
        [DataType::UInt8, DataType::UInt8] => quantized::<u8>(node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_of_a_row_add_up_to_one() {
        let mut output = [0.0; 6];
        log_softmax_f32(&[1.0, 2.0, 3.0, 0.0, 0.0, 1000.0], 3, &mut output);
        for row in output.chunks(3) {
            let sum: f32 = row.iter().map(|x| x.exp()).sum();
            assert!((sum - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn quantized_rows_follow_the_real_function() {
        let scale = LogSoftmaxScale::new(0.1).unwrap();
        let input: Vec<i8> = (-60..60).step_by(7).collect();
        let mut output = vec![0; input.len()];
        log_softmax_quantized(&input, input.len(), &scale, &mut output);
        let reals: Vec<f64> = input.iter().map(|&x| 0.1 * f64::from(x)).collect();
        let log_sum = reals.iter().map(|x| x.exp()).sum::<f64>().ln();
        for (&output, real) in zip(&output, reals) {
            let expected = ((real - log_sum) * 16.0 + 127.0).max(-128.0);
            let error = f64::from(output) - expected;
            assert!(error.abs() <= 0.51, "off by {error}");
        }
        assert!(LogSoftmaxScale::new(1e-9).is_none());
    }
}
