//! Handles of resource variables.

use demilite_core::{NodeContext, Op, Reject};

/// The name of the variable that input 0 is the handle of.
pub(crate) fn handled(node: &NodeContext<'_>) -> Result<String, Reject> {
    let handle = node.input_id(0);
    let mut producers = node.graph().nodes().iter();
    let producer = producers.find_map(|producer| match &producer.op {
        Op::VarHandle(op) if producer.outputs.first().copied() == handle => Some(op.resource()),
        _ => None,
    });
    producer.ok_or_else(|| {
        Reject::unsupported("the handle of its variable comes from outside of the graph")
    })
}
