//! REVERSE_V2: a tensor backwards along some axes.

use demilite_core::op::ReverseV2;
use demilite_core::{NodeContext, OpError, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::{Places, Take};
use crate::node::check;
use crate::node::check::rule;
use crate::node::effect::Effect;

impl GpuOp for ReverseV2 {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Take, Reject> {
        let moved = check::moved(node, [0], device)?;
        let input = node.shape(0).map_err(rule)?;
        let axes = check::indices(node, 1)?
            .into_iter()
            .map(|axis| input.axis(axis));
        let axes = axes.collect::<Result<Vec<usize>, _>>();
        let axes = axes.map_err(|error| rule(OpError::Shape(error)))?;
        let strides = input.strides();
        let places = Places::new(input, moved, 0.0, |axis, index| {
            let is_reversed = axes.contains(&axis);
            let taken = if is_reversed {
                input[axis] - 1 - index
            } else {
                index
            };
            Some(taken * strides[axis])
        })?;
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
