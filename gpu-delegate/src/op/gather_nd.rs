//! GATHER_ND: slices of a tensor, each named by its coordinates.

use demilite_core::op::{GatherNd, gather_nd::named_dimensions};
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::slices::{GatherPlan, Slices};
use crate::node::effect::Effect;

impl GpuOp for GatherNd {
    type Plan = GatherPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<GatherPlan, Reject> {
        GatherPlan::new(node, [0, 1], device, || {
            let (input, coordinates) = (node.shape(0)?, node.shape(1)?);
            let named = named_dimensions(input, coordinates)?;
            let strides = input.strides();
            Ok(Slices {
                named: (0..named)
                    .map(|axis| [input[axis], strides[axis]])
                    .collect(),
                inner: input[named..].iter().product(),
                count: coordinates[..coordinates.rank() - 1].iter().product(),
                group_rows: 1,
                row_step: 0,
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
