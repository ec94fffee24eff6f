//! BROADCAST_TO: a tensor stretched to a shape.

use demilite_core::op::BroadcastTo;
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::{Places, Take};
use crate::node::check;
use crate::node::check::rule;
use crate::node::effect::Effect;
use crate::node::geometry::broadcast_steps;

impl GpuOp for BroadcastTo {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Take, Reject> {
        let moved = check::moved(node, [0], device)?;
        let output = check::known_output(node, 0)?;
        let input = node.shape(0).map_err(rule)?.extended(output.rank());
        let steps = broadcast_steps(&input, output);
        let places = Places::new(output, moved, 0.0, |axis, index| Some(index * steps[axis]))?;
        Ok(Take::first(moved, places))
    }

    fn lower(
        &self,
        plan: Take,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
