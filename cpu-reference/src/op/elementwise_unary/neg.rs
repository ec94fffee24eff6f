//! NEG. The integers themselves are negated, without regard to zero points, as in LiteRT.

use demilite_core::{DataType, NodeContext};
use demilite_executor::{Prepared, Unprepared};
use half::f16;

use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(|x: f32| -x)),
        DataType::Float16 => Ok(elementwise(|x: f16| -x)),
        DataType::Int8 => Ok(elementwise(i8::wrapping_neg)),
        DataType::Int16 => Ok(elementwise(i16::wrapping_neg)),
        DataType::Int32 => Ok(elementwise(i32::wrapping_neg)),
        DataType::Int64 => Ok(elementwise(i64::wrapping_neg)),
        _ => Err(Unprepared::types(node)),
    }
}
