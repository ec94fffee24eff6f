//! EXPAND_DIMS: the elements of the input under another shape, without a dispatch.

use demilite_core::op::ExpandDims;
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check;
use crate::node::effect::Effect;

impl GpuOp for ExpandDims {
    type Plan = ();

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<(), Reject> {
        // The reference asks this op alone for one scale on both sides.
        check::same_quantization(node, 0)?;
        check::moved(node, [0], device).map(drop)
    }

    fn lower(
        &self,
        (): (),
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        lowering.rename(node)
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
