//! EXPAND_DIMS: the same elements under another shape, without a dispatch.

use demilite_core::op::ExpandDims;
use demilite_core::{NodeContext, Reject};

use super::{GpuOp, check};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for ExpandDims {
    type Plan = ();

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<(), Reject> {
        check::moved(node, [0], context).map(drop)
    }

    fn lower(
        &self,
        (): (),
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let input = lowering.stored_input(node, 0)?;
        lowering.alias(node, input);
        Ok(())
    }
}
