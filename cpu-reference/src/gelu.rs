//! GELU.

use demilite_core::quantization::{gelu, gelu_approximate};
use demilite_core::{DataType, NodeContext, op};

use crate::elementwise_unary::{same_type, table, table_16};
use crate::kernel::{Prepared, Unprepared, elementwise};

pub(crate) fn prepare(op: &op::Gelu, node: &NodeContext<'_>) -> Prepared {
    let function = if op.approximate {
        gelu_approximate
    } else {
        gelu
    };
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(function)),
        DataType::Int8 => table::<i8>(node, function),
        DataType::UInt8 => table::<u8>(node, function),
        DataType::Int16 => table_16(node, function),
        _ => Err(Unprepared::types(node)),
    }
}
