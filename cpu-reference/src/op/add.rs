//! ADD, and the rescaling that it shares with SUB.

use demilite_core::op::{self, Activation};
pub use demilite_core::quantization::{CommonScale, PowerOfTwoScale};
use demilite_core::{DataType, NodeContext, Reject};

use crate::elementwise::broadcast::elementwise_binary;
use crate::elementwise::half_precision::{half_clamp, pairs_of_halves};
use crate::kernel::{Prepared, Unprepared};
use crate::quantized::element::QuantizedElement;
use crate::quantized::tensor_parameters::{
    float_clamp, integer_clamp, per_tensor, quantized_clamp,
};

/// `left + right`, clamped.
pub fn add_f32(left: f32, right: f32, clamp: (f32, f32)) -> f32 {
    (left + right).clamp(clamp.0, clamp.1)
}

/// The types of two inputs of one type and the output.
pub(crate) fn common_type(node: &NodeContext<'_>) -> Result<DataType, Unprepared> {
    let dtype = node.output(0).dtype;
    if node.required(0)?.dtype == dtype && node.required(1)?.dtype == dtype {
        Ok(dtype)
    } else {
        Err(Unprepared::types(node))
    }
}

/// Whether two operands and the output have no scale, so that their integers stand for themselves.
fn are_unscaled(node: &NodeContext<'_>) -> Result<bool, Unprepared> {
    let tensors = [node.required(0)?, node.required(1)?, node.output(0)];
    Ok(tensors.iter().all(|tensor| tensor.quantization.is_none()))
}

/// The rescaling of 8-bit and 16-bit operands of any scale.
pub(crate) fn common_scale(
    activation: Activation,
    node: &NodeContext<'_>,
) -> Result<CommonScale, Unprepared> {
    let output = node.output(0);
    let left_shift = if output.dtype == DataType::Int16 {
        15
    } else {
        20
    };
    Ok(CommonScale::new(
        left_shift,
        [
            per_tensor(node.required(0)?)?,
            per_tensor(node.required(1)?)?,
        ],
        per_tensor(output)?,
        quantized_clamp(activation, output)?,
    ))
}

/// The rescaling of 16-bit operands whose scales are powers of two; `None` where one of them is
/// not, or where neither input has the output's scale.
pub(crate) fn power_of_two_scale(
    activation: Activation,
    node: &NodeContext<'_>,
) -> Result<Option<PowerOfTwoScale>, Unprepared> {
    let (left, right) = (node.required(0)?, node.required(1)?);
    let inputs = [per_tensor(left)?.0, per_tensor(right)?.0];
    let output = per_tensor(node.output(0))?.0;
    let Some(right_shifts) = PowerOfTwoScale::right_shifts(inputs, output) else {
        return Ok(None);
    };
    if !PowerOfTwoScale::allows(right_shifts) {
        return Err(Reject::invalid(
            "with scales that are powers of two, one 16-bit input needs the output's scale, and \
             the other one no greater",
        )
        .into());
    }
    Ok(Some(PowerOfTwoScale {
        right_shifts,
        clamp: quantized_clamp(activation, node.output(0))?,
    }))
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
