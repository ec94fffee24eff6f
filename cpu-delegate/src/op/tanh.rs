//! TANH.

use demilite_core::{DataType, NodeContext, float};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::{common_type, exponential, table, unary};
use crate::layers::float::may_differ;
use crate::machine::Machine;

pub(crate) fn prepare(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    match common_type(node, 1)? {
        DataType::Float32 if may_differ(node) => unary::kernel(machine, exponential::tanh),
        DataType::Float32 => unary::kernel(machine, float::tanh),
        DataType::Int8 => table::of_reals::<i8>(node, machine, f32::tanh),
        DataType::UInt8 => table::of_reals::<u8>(node, machine, f32::tanh),
        _ => Err(Unprepared::types(node)),
    }
}
