//! ABS, EXP, NEG, RSQRT, SQRT and SQUARE of floats.

use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::{DataType, NodeContext, Reject, float, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::{common_type, exponential, unary};
use crate::layers::float::may_differ;
use crate::machine::Machine;

pub(crate) fn prepare(
    op: &op::ElementwiseUnary,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    if common_type(node, 1)? != DataType::Float32 {
        return Err(Unprepared::types(node));
    }
    match op.kind {
        UnaryKind::Abs => unary::kernel(
            machine,
            #[inline(always)]
            |x: f32| x.abs(),
        ),
        UnaryKind::Exp if may_differ(node) => unary::kernel(machine, exponential::exp),
        UnaryKind::Exp => unary::kernel(machine, float::exp),
        UnaryKind::Neg => unary::kernel(
            machine,
            #[inline(always)]
            |x: f32| -x,
        ),
        UnaryKind::Rsqrt => unary::kernel(
            machine,
            #[inline(always)]
            |x: f32| 1.0 / x.sqrt(),
        ),
        UnaryKind::Sqrt => unary::kernel(
            machine,
            #[inline(always)]
            |x: f32| x.sqrt(),
        ),
        UnaryKind::Square => unary::kernel(
            machine,
            #[inline(always)]
            |x: f32| x * x,
        ),
        UnaryKind::Ceil
        | UnaryKind::Cos
        | UnaryKind::Elu
        | UnaryKind::Floor
        | UnaryKind::Log
        | UnaryKind::LogicalNot
        | UnaryKind::Round
        | UnaryKind::Sign
        | UnaryKind::Sin => {
            let op = node.op().name();
            Err(Reject::unsupported(format!("no fast kernel for {op}")).into())
        }
    }
}
