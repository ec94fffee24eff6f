//! Nodes that call other graphs, which the interpreter runs.

use demilite_core::{NodeContext, Reject, op};
use demilite_executor::Prepared;

pub(crate) fn prepare(_: &op::ControlFlow, node: &NodeContext<'_>) -> Prepared {
    let name = node.op().name();
    let reason = format!("{name} calls other graphs, which the interpreter does");
    Err(Reject::unsupported(reason).into())
}
