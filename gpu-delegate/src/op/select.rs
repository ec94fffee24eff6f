//! SELECT and SELECT_V2: each element from one of two tensors.

use demilite_core::op::Select;
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::choice::SelectPlan;
use crate::node::check::{self, rule};
use crate::node::effect::Effect;
use crate::node::geometry::broadcast_dims;

impl GpuOp for Select {
    type Plan = SelectPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<SelectPlan, Reject> {
        let moved = check::moved(node, [1, 2], device)?;
        let output = check::known_output(node, 0)?;
        let condition = self.aligned_condition(check::readable(node, 0, device)?, output);
        let [left, right] = [1, 2].map(|index| node.shape(index).map_err(rule));
        SelectPlan::new(broadcast_dims(&[&condition, left?, right?], output), moved)
    }

    fn lower(
        &self,
        plan: SelectPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let operands = [
            lowering.stored_input(node, 0)?,
            lowering.moved_input(node, 1, plan.moved)?,
            lowering.moved_input(node, 2, plan.moved)?,
        ];
        let output = lowering.moved_output(node, 0, plan.elements(), plan.moved)?;
        plan.dispatch(operands, output, lowering);
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
