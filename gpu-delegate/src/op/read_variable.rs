//! READ_VARIABLE: the value that a resource variable holds, which stays on the device.

use demilite_core::op::ReadVariable;
use demilite_core::{NodeContext, Reject};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check;
use crate::node::handle::handled;

impl GpuOp for ReadVariable {
    type Plan = ();

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<(), Reject> {
        handled(node)?;
        check::moved(node, [], device).map(drop)
    }

    fn lower(
        &self,
        (): (),
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let shape = check::known_output(node, 0)?;
        lowering.read_variable(node, &handled(node)?, shape)
    }
}
