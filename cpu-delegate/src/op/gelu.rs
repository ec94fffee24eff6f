//! GELU of 8-bit numbers.

use demilite_core::quantization::{gelu, gelu_approximate};
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::{common_type, table};
use crate::machine::Machine;

pub(crate) fn prepare(op: &op::Gelu, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let function = if op.approximate {
        gelu_approximate
    } else {
        gelu
    };
    match common_type(node, 1)? {
        DataType::Int8 => table::of_reals::<i8>(node, machine, function),
        DataType::UInt8 => table::of_reals::<u8>(node, machine, function),
        _ => Err(Unprepared::types(node)),
    }
}
