//! MUL.

use demilite_core::quantization::ProductScale;
use demilite_core::quantization::layer::{affine, per_tensor, quantized_clamp};
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::clamp::clamp;
use crate::elementwise::integer::Integer;
use crate::elementwise::rescaling::ProductRescaling;
use crate::elementwise::{broadcast, common_type};
use crate::layers::float_clamp;
use crate::machine::Machine;

fn quantized<T: Integer>(op: &op::Mul, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let output = node.output(0);
    let rescaling = ProductRescaling::new(&ProductScale::new(
        [affine(node.required(0)?)?, affine(node.required(1)?)?],
        per_tensor(output)?,
        quantized_clamp(op.activation, output)?,
    ));
    broadcast::kernel(
        node,
        machine,
        #[inline(always)]
        move |left: T, right: T| T::saturate(rescaling.multiply(left.widen(), right.widen())),
    )
}

pub(crate) fn prepare(op: &op::Mul, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    match common_type(node, 2)? {
        DataType::Float32 => {
            let bounds = float_clamp(op.activation)?;
            broadcast::kernel(
                node,
                machine,
                #[inline(always)]
                move |left: f32, right: f32| clamp(left * right, bounds),
            )
        }
        DataType::Int8 => quantized::<i8>(op, node, machine),
        DataType::UInt8 => quantized::<u8>(op, node, machine),
        DataType::Int16 if node.output(0).quantization.is_some() => {
            quantized::<i16>(op, node, machine)
        }
        _ => Err(Unprepared::types(node)),
    }
}
