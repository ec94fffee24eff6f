//! Functions of two tensors, element by element: one file for each or for each pair.

mod atan2;
mod bitwise;
mod floor_division;
mod logical;
mod maximum_minimum;
mod pow;
mod squared_difference;

pub use floor_division::{FloorDivision, floor_div_f32, floor_mod_f32};
pub use maximum_minimum::{maximum, minimum};
pub use pow::{power_f32, power_of_whole_exponent};

use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::{NodeContext, op};
use demilite_executor::Prepared;

pub(crate) fn prepare(op: &op::ElementwiseBinary, node: &NodeContext<'_>) -> Prepared {
    match op.kind {
        BinaryKind::Atan2 => atan2::prepare(node),
        BinaryKind::BitwiseXor => bitwise::prepare_xor(node),
        BinaryKind::FloorDiv => floor_division::prepare_div(node),
        BinaryKind::FloorMod => floor_division::prepare_mod(node),
        BinaryKind::LogicalAnd => logical::prepare(node, |left, right| left && right),
        BinaryKind::LogicalOr => logical::prepare(node, |left, right| left || right),
        BinaryKind::Maximum => maximum_minimum::prepare_maximum(node),
        BinaryKind::Minimum => maximum_minimum::prepare_minimum(node),
        BinaryKind::Pow => pow::prepare(node),
        BinaryKind::RightShift => bitwise::prepare_right_shift(node),
        BinaryKind::SquaredDifference => squared_difference::prepare(node),
    }
}
