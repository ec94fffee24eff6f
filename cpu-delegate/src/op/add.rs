//! ADD.

use demilite_core::op::Activation;
use demilite_core::quantization::layer::{per_tensor, quantized_clamp};
use demilite_core::quantization::{CommonScale, PowerOfTwoScale};
use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::byte_sum::ByteSum;
use crate::elementwise::clamp::clamp;
use crate::elementwise::integer::Integer;
use crate::elementwise::rescaling::CommonRescaling;
use crate::elementwise::{broadcast, common_type};
use crate::layers::float_clamp;
use crate::machine::Machine;

/// The rescaling of two operands of any scale, which SUB shares.
pub(super) fn common_scale(
    activation: Activation,
    node: &NodeContext<'_>,
) -> Result<CommonScale, Unprepared> {
    let output = node.output(0);
    let left_shift = match output.dtype {
        DataType::Int16 => 15,
        _ => 20,
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

/// Whether 16-bit operands and their output have scales that are powers of two, which have an arithmetic of their own.
pub(super) fn has_powers_of_two(
    asks_for_them: bool,
    node: &NodeContext<'_>,
) -> Result<bool, Unprepared> {
    let inputs = [
        per_tensor(node.required(0)?)?.0,
        per_tensor(node.required(1)?)?.0,
    ];
    let output = per_tensor(node.output(0))?.0;
    Ok(asks_for_them && PowerOfTwoScale::right_shifts(inputs, output).is_some())
}

fn quantized<T: Integer>(op: &op::Add, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let scale = common_scale(op.activation, node)?;
    if !scale.narrows() {
        let reason = "its output scale is too fine for the scales of its inputs";
        return Err(Reject::invalid(reason).into());
    }
    if size_of::<T>() == 1
        && let Some(sum) = ByteSum::new(&scale, T::RANGE)
    {
        return broadcast::kernel(
            node,
            machine,
            #[inline(always)]
            move |left: T, right: T| T::truncate(sum.add(left.widen(), right.widen())),
        );
    }
    let rescaling = CommonRescaling::new(&scale);
    broadcast::kernel(
        node,
        machine,
        #[inline(always)]
        move |left: T, right: T| T::saturate(rescaling.add(left.widen(), right.widen())),
    )
}

pub(crate) fn prepare(op: &op::Add, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    match common_type(node, 2)? {
        DataType::Float32 => {
            let bounds = float_clamp(op.activation)?;
            broadcast::kernel(
                node,
                machine,
                #[inline(always)]
                move |left: f32, right: f32| clamp(left + right, bounds),
            )
        }
        DataType::Int8 => quantized::<i8>(op, node, machine),
        DataType::UInt8 => quantized::<u8>(op, node, machine),
        DataType::Int16 if has_powers_of_two(op.pot_scale_int16, node)? => {
            Err(Reject::unsupported("no fast kernel for scales that are powers of two").into())
        }
        DataType::Int16 => quantized::<i16>(op, node, machine),
        _ => Err(Unprepared::types(node)),
    }
}
