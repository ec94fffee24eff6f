//! EXP.

use demilite_core::float::exp;
use demilite_core::{DataType, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::half_precision::halves;
use crate::elementwise::table::{table, table_16};
use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(exp)),
        DataType::Float16 => Ok(halves(exp)),
        DataType::Int8 => table::<i8>(node, f32::exp),
        DataType::Int16 => table_16(node, f32::exp),
        _ => Err(Unprepared::types(node)),
    }
}
