//! SUB; quantized differences are rescaled as the sums of ADD.

use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::broadcast::elementwise_binary;
use crate::elementwise::half_precision::{half_clamp, pairs_of_halves};
use crate::elementwise::rescaling::{common_scale, power_of_two_scale};
use crate::elementwise::types::common_type;
use crate::quantized::element::QuantizedElement;
use crate::quantized::tensor_parameters::{float_clamp, integer_clamp};

/// `left − right`, clamped.
pub fn sub_f32(left: f32, right: f32, clamp: (f32, f32)) -> f32 {
    (left - right).clamp(clamp.0, clamp.1)
}

fn quantized<T: QuantizedElement>(op: &op::Sub, node: &NodeContext<'_>) -> Prepared {
    let scale = common_scale(op.activation, node)?;
    elementwise_binary(node, move |left: T, right: T| {
        T::saturate(scale.subtract(left.to_i32(), right.to_i32()))
    })
}

pub(crate) fn prepare(op: &op::Sub, node: &NodeContext<'_>) -> Prepared {
    match common_type(node)? {
        DataType::Float32 => {
            let clamp = float_clamp(op.activation)?;
            elementwise_binary(node, move |left, right| sub_f32(left, right, clamp))
        }
        DataType::Float16 => {
            let clamp = half_clamp(op.activation)?;
            pairs_of_halves(node, move |left, right| sub_f32(left, right, clamp))
        }
        DataType::Int8 => quantized::<i8>(op, node),
        DataType::UInt8 => quantized::<u8>(op, node),
        DataType::Int16 => {
            if op.pot_scale_int16
                && let Some(scale) = power_of_two_scale(op.activation, node)?
            {
                return elementwise_binary(node, move |left: i16, right: i16| {
                    scale.subtract(left, right) as i16
                });
            }
            quantized::<i16>(op, node)
        }
        DataType::Int32 => {
            let clamp = integer_clamp(op.activation)?;
            elementwise_binary(node, move |left: i32, right: i32| {
                i64::from(left.wrapping_sub(right)).clamp(clamp.0, clamp.1) as i32
            })
        }
        DataType::Int64 => {
            let clamp = integer_clamp(op.activation)?;
            elementwise_binary(node, move |left: i64, right: i64| {
                left.wrapping_sub(right).clamp(clamp.0, clamp.1)
            })
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use demilite_core::quantization::PowerOfTwoScale;

    use super::*;

    #[test]
    fn differences_are_clamped() {
        assert_eq!(sub_f32(1.0, 3.0, (-1.0, 1.0)), -1.0);
        let scale = PowerOfTwoScale {
            right_shifts: [1, 0],
            clamp: (-32768, 32767),
        };
        assert_eq!(scale.subtract(-3, 1), -3);
        assert_eq!(scale.subtract(-32768, 32767), -32768);
    }
}
