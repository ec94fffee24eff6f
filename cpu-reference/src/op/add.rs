//! ADD: sums of two tensors.

use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::broadcast::elementwise_binary;
use crate::elementwise::half_precision::{half_clamp, pairs_of_halves};
use crate::elementwise::rescaling::{common_scale, power_of_two_scale};
use crate::elementwise::types::common_type;
use crate::quantized::element::QuantizedElement;
use crate::quantized::tensor_parameters::{float_clamp, integer_clamp};

/// `left + right`, clamped.
pub fn add_f32(left: f32, right: f32, clamp: (f32, f32)) -> f32 {
    (left + right).clamp(clamp.0, clamp.1)
}

/// Whether two operands and the output have no scale, so that their integers stand for themselves.
fn are_unscaled(node: &NodeContext<'_>) -> Result<bool, Unprepared> {
    let tensors = [node.required(0)?, node.required(1)?, node.output(0)];
    Ok(tensors.iter().all(|tensor| tensor.quantization.is_none()))
}

fn quantized<T: QuantizedElement>(op: &op::Add, node: &NodeContext<'_>) -> Prepared {
    let scale = common_scale(op.activation, node)?;
    if !scale.narrows() {
        return Err(
            Reject::invalid("its output scale is too fine for the scales of its inputs").into(),
        );
    }
    elementwise_binary(node, move |left: T, right: T| {
        T::saturate(scale.add(left.to_i32(), right.to_i32()))
    })
}

pub(crate) fn prepare(op: &op::Add, node: &NodeContext<'_>) -> Prepared {
    match common_type(node)? {
        DataType::Float32 => {
            let clamp = float_clamp(op.activation)?;
            elementwise_binary(node, move |left, right| add_f32(left, right, clamp))
        }
        DataType::Float16 => {
            let clamp = half_clamp(op.activation)?;
            pairs_of_halves(node, move |left, right| add_f32(left, right, clamp))
        }
        DataType::Int8 => quantized::<i8>(op, node),
        DataType::UInt8 => quantized::<u8>(op, node),
        DataType::Int16 if are_unscaled(node)? => {
            let clamp = integer_clamp(op.activation)?;
            elementwise_binary(node, move |left: i16, right: i16| {
                i64::from(left.wrapping_add(right)).clamp(clamp.0, clamp.1) as i16
            })
        }
        DataType::Int16 => {
            if op.pot_scale_int16
                && let Some(scale) = power_of_two_scale(op.activation, node)?
            {
                return elementwise_binary(node, move |left: i16, right: i16| {
                    scale.add(left, right) as i16
                });
            }
            quantized::<i16>(op, node)
        }
        DataType::Int32 => {
            let clamp = integer_clamp(op.activation)?;
            elementwise_binary(node, move |left: i32, right: i32| {
                i64::from(left.wrapping_add(right)).clamp(clamp.0, clamp.1) as i32
            })
        }
        DataType::Int64 => {
            let clamp = integer_clamp(op.activation)?;
            elementwise_binary(node, move |left: i64, right: i64| {
                left.wrapping_add(right).clamp(clamp.0, clamp.1)
            })
        }
        _ => Err(Unprepared::types(node)),
    }
}
