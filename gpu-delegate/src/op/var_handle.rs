//! VAR_HANDLE: names a resource variable, on the host.

use demilite_core::op::VarHandle;
use demilite_core::{NodeContext, Op, Reject};

use super::GpuOp;
use super::check;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

/// The name of the variable that input 0 is the handle of.
pub(super) fn handled(node: &NodeContext<'_>) -> Result<String, Reject> {
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

impl GpuOp for VarHandle {
    type Plan = ();

    /// The handle is of use here where all that read it are.
    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<(), Reject> {
        let graph = node.graph();
        let handle = node.node().outputs.first().copied();
        for id in graph.node_ids() {
            let reader = node.context_of(id);
            if !reader.node().inputs.contains(&handle) {
                continue;
            }
            let taken = match reader.op() {
                Op::ReadVariable(op) => op.plan(&reader, context),
                Op::AssignVariable(op) => op.plan(&reader, context),
                _ => Err(check::no_kernel(&reader)),
            };
            taken.map_err(|reject| {
                let name = reader.op().name();
                Reject::unsupported(format!("node {id}, {name}, reads the handle: {reject}"))
            })?;
        }
        Ok(())
    }

    fn lower(&self, (): (), _: &NodeContext<'_>, _: &mut Lowering<'_>) -> Result<(), LowerError> {
        Ok(())
    }
}
