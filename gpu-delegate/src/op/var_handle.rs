//! VAR_HANDLE: names a resource variable, on the host.

use demilite_core::op::VarHandle;
use demilite_core::{NodeContext, Op, Reject};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check;

impl GpuOp for VarHandle {
    type Plan = ();

    /// The handle is of use here where all that read it are.
    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<(), Reject> {
        let graph = node.graph();
        let handle = node.node().outputs.first().copied();
        for id in graph.node_ids() {
            let reader = node.context_of(id);
            if !reader.node().inputs.contains(&handle) {
                continue;
            }
            let taken = match reader.op() {
                Op::ReadVariable(op) => op.plan(&reader, device),
                Op::AssignVariable(op) => op.plan(&reader, device),
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
