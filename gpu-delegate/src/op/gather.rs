//! GATHER: slices of a tensor along an axis, chosen by indices.

use demilite_core::op::Gather;
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::slices::{GatherPlan, Slices};
use crate::node::effect::Effect;

impl GpuOp for Gather {
    type Plan = GatherPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<GatherPlan, Reject> {
        GatherPlan::new(node, [0, 1], device, || {
            let (input, indices) = (node.shape(0)?, node.shape(1)?);
            let (axis, shared) = self.resolve(input, indices)?;
            let inner = input[axis + 1..].iter().product();
            Ok(Slices {
                named: vec![[input[axis], inner]],
                inner,
                count: indices[shared..].iter().product(),
                group_rows: input[shared..axis].iter().product(),
                row_step: input[axis] * inner,
            })
        })
    }

    fn lower(
        &self,
        plan: GatherPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
