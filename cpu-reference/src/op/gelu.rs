//! GELU.

use demilite_core::quantization::{gelu, gelu_approximate, gelu_approximate_f16, gelu_f16};
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::table::{table, table_16};
use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;

pub(crate) fn prepare(op: &op::Gelu, node: &NodeContext<'_>) -> Prepared {
    let function = if op.approximate {
        gelu_approximate
    } else {
        gelu
    };
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(function)),
        DataType::Float16 => Ok(elementwise(if op.approximate {
            gelu_approximate_f16
        } else {
            gelu_f16
        })),
        DataType::Int8 => table::<i8>(node, function),
        DataType::UInt8 => table::<u8>(node, function),
        DataType::Int16 => table_16(node, function),
        _ => Err(Unprepared::types(node)),
    }
}
