//! SUB.

use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{Prepared, Unprepared};

use super::add::{common_scale, has_powers_of_two};
use crate::elementwise::clamp::clamp;
use crate::elementwise::integer::Integer;
use crate::elementwise::rescaling::CommonRescaling;
use crate::elementwise::{broadcast, common_type};
use crate::layers::float_clamp;
use crate::machine::Machine;

fn quantized<T: Integer>(op: &op::Sub, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let rescaling = CommonRescaling::new(&common_scale(op.activation, node)?);
    broadcast::kernel(
        node,
        machine,
        #[inline(always)]
        move |left: T, right: T| T::saturate(rescaling.subtract(left.widen(), right.widen())),
    )
}

pub(crate) fn prepare(op: &op::Sub, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    match common_type(node, 2)? {
        DataType::Float32 => {
            let bounds = float_clamp(op.activation)?;
            broadcast::kernel(
                node,
                machine,
                #[inline(always)]
                move |left: f32, right: f32| clamp(left - right, bounds),
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
