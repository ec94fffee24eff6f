//! ASSIGN_VARIABLE: a resource variable holds a value from here on, on the device.

use demilite_core::op::AssignVariable;
use demilite_core::{NodeContext, Reject};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::buffer::fed_storage;
use crate::node::check::{self, rule};
use crate::node::handle::handled;

impl GpuOp for AssignVariable {
    type Plan = ();

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<(), Reject> {
        handled(node)?;
        check::readable(node, 1, device)?;
        let dtype = node.required(1).map_err(rule)?.dtype;
        match fed_storage(dtype) {
            Some(_) => Ok(()),
            None => Err(Reject::unsupported(format!(
                "the value is {dtype}, which the GPU delegate does not move"
            ))),
        }
    }

    fn lower(
        &self,
        (): (),
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let shape = node.shape(1).map_err(rule)?;
        lowering.assign_variable(node, &handled(node)?, shape)
    }
}
