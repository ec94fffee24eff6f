//! ZEROS_LIKE: zeros in the shape of a tensor.

use demilite_core::op::ZerosLike;
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Moved};
use crate::node::effect::Effect;

impl GpuOp for ZerosLike {
    type Plan = Moved;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Moved, Reject> {
        check::moved(node, [0], device)
    }

    fn lower(
        &self,
        moved: Moved,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let element = match moved {
            Moved::Float => lowering.activation_element(),
            Moved::Bits(element, _) => element,
        };
        let elements = check::known_output(node, 0)?.elements() * moved.count();
        let zeros = lowering.table("zeros", &[], elements, element, 0)?;
        lowering.alias(node, zeros);
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
