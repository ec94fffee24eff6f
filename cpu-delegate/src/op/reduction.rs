//! SUM of floats, along axes that lie together.

use demilite_core::op::reduction::ReductionKind;
use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{Prepared, Unprepared};

use super::mean::floats;
use crate::elementwise::common_type;
use crate::machine::Machine;

pub(crate) fn prepare(op: &op::Reduction, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    if common_type(node, 1)? != DataType::Float32 {
        return Err(Unprepared::types(node));
    }
    if op.kind != ReductionKind::Sum {
        let op = node.op().name();
        return Err(Reject::unsupported(format!("no fast kernel for {op}")).into());
    }
    floats(node, machine, |sum, _| sum)
}
