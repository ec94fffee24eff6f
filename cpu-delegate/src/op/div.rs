//! DIV of floats.

use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::clamp::clamp;
use crate::elementwise::{broadcast, common_type};
use crate::layers::float_clamp;
use crate::machine::Machine;

pub(crate) fn prepare(op: &op::Div, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    if common_type(node, 2)? != DataType::Float32 {
        return Err(Unprepared::types(node));
    }
    let bounds = float_clamp(op.activation)?;
    broadcast::kernel(
        node,
        machine,
        #[inline(always)]
        move |left: f32, right: f32| clamp(left / right, bounds),
    )
}
