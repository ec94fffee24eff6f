//! ATAN2.

use demilite_core::{DataType, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::broadcast::elementwise_binary;
use crate::elementwise::half_precision::pairs_of_halves;
use crate::elementwise::types::common_type;

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match common_type(node)? {
        DataType::Float32 => elementwise_binary(node, f32::atan2),
        DataType::Float16 => pairs_of_halves(node, f32::atan2),
        DataType::Float64 => elementwise_binary(node, f64::atan2),
        _ => Err(Unprepared::types(node)),
    }
}
