//! QUANTIZE: floats to quantized numbers, and quantized numbers to another scale.

use demilite_core::quantization::Requantize;
pub use demilite_core::quantization::layer::affine;
use demilite_core::{DataType, NodeContext, Tensor, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::elementwise::unary::elementwise;

use crate::quantized::element::QuantizedElement;
use crate::quantized::tensor_parameters::Slices;

/// A float as a quantized number: `round(x / scale) + zero_point`, saturated.
///
/// A quotient beyond 32 bits saturates; the reference's conversion is undefined there.
pub fn quantize_f32<T: QuantizedElement>(x: f32, (scale, zero_point): (f32, i32)) -> T {
    T::saturate(((x / scale).round() as i32).saturating_add(zero_point))
}

fn from_float<T: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let output = node.output(0);
    match &output.quantization {
        Some(quantization) if quantization.is_per_axis() => {
            let slices = Slices::new(node.shape(0)?, quantization)?;
            Ok(Box::new(move |io: &mut KernelIo<'_>| {
                let input = io.input::<f32>(0)?;
                for (index, (output, &x)) in io.output::<T>()?.iter_mut().zip(input).enumerate() {
                    *output = quantize_f32(x, slices.parameters(index));
                }
                Ok(())
            }))
        }
        _ => {
            let parameters = affine(output)?;
            Ok(elementwise(move |x| quantize_f32::<T>(x, parameters)))
        }
    }
}

/// The scale and zero point of a tensor; the zero point may be any of a 16-bit type too, since
/// SOFTMAX from int8 to int16 has −32768.
fn any_zero_point(tensor: &Tensor) -> Result<(f32, i32), Unprepared> {
    let parameters = tensor.quantization.as_ref().and_then(|q| q.as_per_tensor());
    match (tensor.dtype, parameters) {
        (DataType::Int16, Some((scale, zero_point))) if i16::try_from(zero_point).is_ok() => {
            Ok((scale, zero_point))
        }
        _ => Ok(affine(tensor)?),
    }
}

fn requantize<T: QuantizedElement, O: QuantizedElement>(node: &NodeContext<'_>) -> Prepared {
    let scale = Requantize::new(
        any_zero_point(node.required(0)?)?,
        any_zero_point(node.output(0))?,
    );
    Ok(elementwise(move |value: T| {
        O::saturate(scale.apply(value.to_i32()))
    }))
}

pub(crate) fn prepare(_: &op::Quantize, node: &NodeContext<'_>) -> Prepared {
    use DataType::{Float32, Int8, Int16, Int32, UInt8};
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [Float32, Int8] => from_float::<i8>(node),
        [Float32, UInt8] => from_float::<u8>(node),
        [Float32, Int16] => from_float::<i16>(node),
        [Int8, Int8] => requantize::<i8, i8>(node),
        [Int8, UInt8] => requantize::<i8, u8>(node),
        [Int8, Int16] => requantize::<i8, i16>(node),
        [UInt8, Int8] => requantize::<u8, i8>(node),
        [UInt8, UInt8] => requantize::<u8, u8>(node),
        [UInt8, Int16] => requantize::<u8, i16>(node),
        [Int16, Int8] => requantize::<i16, i8>(node),
        [Int16, Int16] => requantize::<i16, i16>(node),
        [Int16, Int32] => requantize::<i16, i32>(node),
        [Int32, Int8] => requantize::<i32, i8>(node),
        [Int32, Int16] => requantize::<i32, i16>(node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_round_half_away_from_zero() {
        let parameters = (0.5, 3);
        assert_eq!(quantize_f32::<i8>(0.75, parameters), 5);
        assert_eq!(quantize_f32::<i8>(-0.75, parameters), 1);
        assert_eq!(quantize_f32::<u8>(-100.0, parameters), 0);
        assert_eq!(quantize_f32::<i16>(f32::INFINITY, parameters), i16::MAX);
    }

    #[test]
    fn signed_and_unsigned_differ_by_128() {
        let requantize = Requantize::new((0.1, -128), (0.1, 0));
        for value in i8::MIN..=i8::MAX {
            let expected = (value as u8) ^ 0x80;
            assert_eq!(u8::saturate(requantize.apply(i32::from(value))), expected);
        }
    }

    #[test]
    fn scales_change() {
        let requantize = Requantize::new((0.5, 1), (0.25, -1));
        assert_eq!(i8::saturate(requantize.apply(11)), 19);
        assert_eq!(i8::saturate(requantize.apply(100)), 127);
    }
}
