//! DEQUANTIZE: quantized numbers and half-precision floats to floats.

use demilite_core::quantization::layer::affine;
use demilite_core::quantization::unpacked;
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};
use half::f16;

use crate::elementwise::unary::elementwise;
use crate::quantized::element::QuantizedElement;
use crate::quantized::tensor_parameters::Slices;

/// The real that a quantized number stands for, multiplied in double precision and rounded once.
pub fn dequantize(value: i32, (scale, zero_point): (f32, i32)) -> f32 {
    (f64::from(scale) * f64::from(value.wrapping_sub(zero_point))) as f32
}

/// The real that a number of a per-axis tensor stands for, multiplied in single precision.
pub fn dequantize_per_axis(value: i32, (scale, zero_point): (f32, i32)) -> f32 {
    scale * value.wrapping_sub(zero_point) as f32
}

fn quantized<T: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let input = node.required(0)?;
    match &input.quantization {
        Some(quantization) if quantization.is_per_axis() => {
            let slices = Slices::new(node.shape(0)?, quantization)?;
            Ok(Box::new(move |io: &mut KernelIo<'_>| {
                let input = io.input::<T>(0)?;
                for (index, (output, &q)) in io.output()?.iter_mut().zip(input).enumerate() {
                    *output = dequantize_per_axis(q.to_i32(), slices.parameters(index));
                }
                Ok(())
            }))
        }
        _ => {
            let parameters = affine(input)?;
            Ok(elementwise(move |q: T| dequantize(q.to_i32(), parameters)))
        }
    }
}

/// Of numbers several of which share a byte.
fn packed(node: &NodeContext<'_>) -> Prepared {
    let input = node.required(0)?;
    let slices = match &input.quantization {
        Some(quantization) if quantization.is_per_axis() => {
            Some(Slices::new(node.shape(0)?, quantization)?)
        }
        _ => None,
    };
    let whole = match slices {
        Some(_) => (0.0, 0),
        None => affine(input)?,
    };
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let numbers = unpacked(io.view(0)?).unwrap_or_default();
        for (index, (output, q)) in io.output()?.iter_mut().zip(numbers).enumerate() {
            *output = match &slices {
                Some(slices) => dequantize_per_axis(q.into(), slices.parameters(index)),
                None => dequantize(q.into(), whole),
            };
        }
        Ok(())
    }))
}

pub(crate) fn prepare(_: &op::Dequantize, node: &NodeContext<'_>) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [DataType::Float16, DataType::Float32] => Ok(elementwise(f16::to_f32)),
        [DataType::Int8, DataType::Float32] => quantized::<i8>(node),
        [DataType::UInt8, DataType::Float32] => quantized::<u8>(node),
        [DataType::Int16, DataType::Float32] => quantized::<i16>(node),
        [
            DataType::Int4 | DataType::Int2 | DataType::UInt4,
            DataType::Float32,
        ] => packed(node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_points_stand_for_zero() {
        assert_eq!(dequantize(7, (0.3, 7)), 0.0);
        assert_eq!(dequantize(-128, (0.5, 127)), -127.5);
        assert_eq!(dequantize_per_axis(3, (0.1, 0)), 0.1_f32 * 3.0);
    }
}
