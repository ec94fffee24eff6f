//! Functions of one tensor, element by element: one file for each or for each family.

mod abs;
mod elu;
mod exp;
mod log;
mod logical_not;
mod neg;
mod rounding;
mod rsqrt;
mod sign;
mod sqrt;

pub use elu::elu_f32;
pub use log::log_or_floor;
pub use rounding::round_f32;
pub use sign::sign;

use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::half_precision::halves;
use crate::elementwise::types::same_type;
use crate::elementwise::unary::elementwise;

pub(crate) fn prepare(op: &op::ElementwiseUnary, node: &NodeContext<'_>) -> Prepared {
    match op.kind {
        UnaryKind::Abs => abs::prepare(node),
        UnaryKind::Ceil => rounding::prepare(node, f32::ceil),
        UnaryKind::Cos => float(node, f32::cos),
        UnaryKind::Elu => elu::prepare(node),
        UnaryKind::Exp => exp::prepare(node),
        UnaryKind::Floor => rounding::prepare(node, f32::floor),
        UnaryKind::Log => log::prepare(node),
        UnaryKind::LogicalNot => logical_not::prepare(node),
        UnaryKind::Neg => neg::prepare(node),
        UnaryKind::Round => rounding::prepare(node, round_f32),
        UnaryKind::Rsqrt => rsqrt::prepare(node),
        UnaryKind::Sign => sign::prepare(node),
        UnaryKind::Sin => float(node, f32::sin),
        UnaryKind::Sqrt => sqrt::prepare(node),
        UnaryKind::Square => float(node, |x| x * x),
    }
}

/// A kernel of floats alone.
fn float(node: &NodeContext<'_>, function: fn(f32) -> f32) -> Prepared {
    match same_type(node)? {
        DataType::Float32 => Ok(elementwise(function)),
        DataType::Float16 => Ok(halves(function)),
        _ => Err(Unprepared::types(node)),
    }
}
