//! MUL.

use demilite_core::quantization::ProductScale;
pub use demilite_core::quantization::layer::{affine, per_tensor, quantized_clamp};
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::broadcast::elementwise_binary;
use crate::elementwise::half_precision::{half_clamp, pairs_of_halves};
use crate::elementwise::types::common_type;
use crate::quantized::element::QuantizedElement;
use crate::quantized::tensor_parameters::{float_clamp, integer_clamp};

/// `left · right`, clamped.
pub fn mul_f32(left: f32, right: f32, clamp: (f32, f32)) -> f32 {
    (left * right).clamp(clamp.0, clamp.1)
}

fn quantized<T: QuantizedElement>(op: &op::Mul, node: &NodeContext<'_>) -> Prepared {
    let output = node.output(0);
    let scale = ProductScale::new(
        [affine(node.required(0)?)?, affine(node.required(1)?)?],
        per_tensor(output)?,
        quantized_clamp(op.activation, output)?,
    );
    elementwise_binary(node, move |left: T, right: T| {
        T::saturate(scale.multiply(left.to_i32(), right.to_i32()))
    })
}

pub(crate) fn prepare(op: &op::Mul, node: &NodeContext<'_>) -> Prepared {
    match common_type(node)? {
        DataType::Float32 => {
            let clamp = float_clamp(op.activation)?;
            elementwise_binary(node, move |left, right| mul_f32(left, right, clamp))
        }
        DataType::Float16 => {
            let clamp = half_clamp(op.activation)?;
            pairs_of_halves(node, move |left, right| mul_f32(left, right, clamp))
        }
        DataType::Int8 => quantized::<i8>(op, node),
        DataType::UInt8 => quantized::<u8>(op, node),
        DataType::Int16 if node.output(0).quantization.is_none() => {
            let clamp = integer_clamp(op.activation)?;
            elementwise_binary(node, move |left: i16, right: i16| {
                i64::from(left.wrapping_mul(right)).clamp(clamp.0, clamp.1) as i16
            })
        }
        DataType::Int16 => quantized::<i16>(op, node),
        DataType::UInt32 => {
            // A bound below 0 wraps to the greatest numbers.
            let (least, greatest) = integer_clamp(op.activation)?;
            let (least, greatest) = (least as u32, greatest as u32);
            elementwise_binary(node, move |left: u32, right: u32| {
                left.wrapping_mul(right).max(least).min(greatest)
            })
        }
        DataType::Int32 => {
            let clamp = integer_clamp(op.activation)?;
            elementwise_binary(node, move |left: i32, right: i32| {
                i64::from(left.wrapping_mul(right)).clamp(clamp.0, clamp.1) as i32
            })
        }
        DataType::Int64 => {
            let clamp = integer_clamp(op.activation)?;
            elementwise_binary(node, move |left: i64, right: i64| {
                left.wrapping_mul(right).clamp(clamp.0, clamp.1)
            })
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_rescaled_and_clamped() {
        let scale = ProductScale::new([(0.5, 1), (0.25, -2)], (0.25, 3), (-100, 100));
        // 6·5·0.125 = 3.75, 15 steps of 0.25 above the zero point.
        assert_eq!(scale.multiply(7, 3), 18);
        // −5·1·0.5 = −2.5; the high multiply rounds a negative half up.
        assert_eq!(scale.multiply(-4, -1), 1);
        assert_eq!(scale.multiply(127, 127), 100);
        assert_eq!(scale.multiply(-128, 127), -100);
    }
}
