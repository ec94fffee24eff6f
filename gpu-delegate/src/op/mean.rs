//! MEAN over any axes.

use demilite_core::op::Mean;
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::table;

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers};
use crate::node::effect::Effect;
use crate::reduction::reduce::{ReducePlan, Rescaling};

/// What becomes of sums.
pub(super) enum Division {
    /// Floats are divided.
    Float,
    /// Quantized integers are rescaled.
    Rescaled(Rescaling),
    /// Integers that stand for themselves are divided towards zero.
    Integer,
    /// The same of integers of 64 bits.
    Int64,
}

impl GpuOp for Mean {
    type Plan = (ReducePlan, Division);

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Self::Plan, Reject> {
        if node.output(0).dtype == DataType::Int32 {
            let plan = ReducePlan::integers(node, device)?;
            plan.one_by_one()?;
            return Ok((plan, Division::Integer));
        }
        if node.output(0).dtype == DataType::Int64 {
            return Ok((ReducePlan::int64(node, device)?, Division::Int64));
        }
        let plan = ReducePlan::new(node, device)?.in_any_order();
        match check::numbers(node)? {
            Numbers::Float => Ok((plan.in_parts_or_at_once()?, Division::Float)),
            Numbers::Half => Err(check::no_kernel(node)),
            Numbers::Quantized(_) => {
                plan.at_once()?;
                let rescaling = Rescaling::new(node, plan.count())?;
                Ok((plan, Division::Rescaled(rescaling)))
            }
        }
    }

    fn lower(
        &self,
        (plan, division): Self::Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        match division {
            Division::Float => plan.lower([&table::SUM, &table::MEAN], node, lowering),
            Division::Rescaled(rescaling) => plan.lower_rescaled(&rescaling, node, lowering),
            Division::Integer => plan.lower_means(node, lowering),
            Division::Int64 => plan.lower_int64(&table::MEAN_INT64, node, lowering),
        }
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::GROWING
    }
}
