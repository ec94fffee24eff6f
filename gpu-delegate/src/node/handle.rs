//! Handles of resource variables.

use demilite_core::{DataType, NodeContext, Op, Reject};

/// The name of the variable that input 0 is the handle of.
pub(crate) fn handled(node: &NodeContext<'_>) -> Result<String, Reject> {
    let graph = node.graph();
    let producer = node.input_id(0).and_then(|handle| graph.producer(handle));
    let name = producer.and_then(|producer| match &graph.node(producer).op {
        Op::VarHandle(op) => Some(op.resource()),
        _ => None,
    });
    name.ok_or_else(|| {
        Reject::unsupported("the handle of its variable comes from outside the graph")
    })
}

/// Whether a tensor of this type is the handle of a variable, which stays on the host.
pub(crate) fn is_handle(dtype: DataType) -> bool {
    dtype == DataType::Resource
}
