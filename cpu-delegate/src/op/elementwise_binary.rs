//! MAXIMUM, MINIMUM, POW and SQUARED_DIFFERENCE.

use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::{DataType, Element, NodeContext, Reject, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::{broadcast, common_type, power};
use crate::machine::Machine;

/// Of two elements of which neither is ahead, the second.
fn greater<T: Element + PartialOrd>(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    broadcast::kernel(
        node,
        machine,
        #[inline(always)]
        |left: T, right: T| if left > right { left } else { right },
    )
}

fn lesser<T: Element + PartialOrd>(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    broadcast::kernel(
        node,
        machine,
        #[inline(always)]
        |left: T, right: T| if left < right { left } else { right },
    )
}

macro_rules! by_type {
    ($prepare:ident, $node:expr, $machine:expr) => {
        match common_type($node, 2)? {
            DataType::Float32 => $prepare::<f32>($node, $machine),
            DataType::Int8 => $prepare::<i8>($node, $machine),
            DataType::UInt8 => $prepare::<u8>($node, $machine),
            DataType::Int16 => $prepare::<i16>($node, $machine),
            _ => Err(Unprepared::types($node)),
        }
    };
}

fn squared_difference(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    if common_type(node, 2)? != DataType::Float32 {
        return Err(Unprepared::types(node));
    }
    broadcast::kernel(
        node,
        machine,
        #[inline(always)]
        |left: f32, right: f32| {
            let difference = left - right;
            difference * difference
        },
    )
}

pub(crate) fn prepare(
    op: &op::ElementwiseBinary,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    match op.kind {
        BinaryKind::Maximum => by_type!(greater, node, machine),
        BinaryKind::Minimum => by_type!(lesser, node, machine),
        BinaryKind::Pow if common_type(node, 2)? == DataType::Float32 => {
            power::prepare(node, machine)
        }
        BinaryKind::SquaredDifference => squared_difference(node, machine),
        BinaryKind::Pow
        | BinaryKind::Atan2
        | BinaryKind::BitwiseXor
        | BinaryKind::FloorDiv
        | BinaryKind::FloorMod
        | BinaryKind::LogicalAnd
        | BinaryKind::LogicalOr
        | BinaryKind::RightShift => {
            let op = node.op().name();
            Err(Reject::unsupported(format!("no fast kernel for {op}")).into())
        }
    }
}
