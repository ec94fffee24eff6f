//! PACK: tensors of one shape under one another along an axis that none of them has; one copy an input.

use demilite_core::op::{Pack, pack::added_axis};
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::join::ConcatenationPlan;
use crate::node::check::{self, rule};
use crate::node::effect::Effect;

impl GpuOp for Pack {
    type Plan = ConcatenationPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<ConcatenationPlan, Reject> {
        let moved = check::moved(node, 0..node.input_count(), device)?;
        for index in 0..node.input_count() {
            check::same_quantization(node, index)?;
        }
        let input = node.shape(0).map_err(rule)?;
        let axis = added_axis(input, self.axis.into()).map_err(rule)?;
        let rows = input[..axis].iter().product();
        let inner = input[axis..].iter().product();
        let row_lengths = vec![inner; node.input_count()];
        ConcatenationPlan::new(moved, rows, &row_lengths)
    }

    fn lower(
        &self,
        plan: ConcatenationPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
