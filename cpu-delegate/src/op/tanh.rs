//! TANH.

use demilite_core::{DataType, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::{common_type, exponential, table, unary};
use crate::layers::float::expect_own_functions;
use crate::machine::Machine;

pub(crate) fn prepare(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    match common_type(node, 1)? {
        DataType::Float32 => {
            expect_own_functions(node)?;
            unary::kernel(machine, exponential::tanh)
        }
        DataType::Int8 => table::of_reals::<i8>(node, machine, f32::tanh),
        DataType::UInt8 => table::of_reals::<u8>(node, machine, f32::tanh),
        _ => Err(Unprepared::types(node)),
    }
}
