//! RESIZE_NEAREST_NEIGHBOR: each element the nearest of the input.

use demilite_core::op::{ResizeNearestNeighbor, nhwc};
use demilite_core::{NodeContext, OpError, Reject, Shape, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::{Places, Take};
use crate::node::check;
use crate::node::check::rule;
use crate::node::effect::Effect;

impl GpuOp for ResizeNearestNeighbor {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Take, Reject> {
        let moved = check::moved(node, [0], device)?;
        let input =
            nhwc(node.shape(0).map_err(rule)?, "image").map_err(|e| rule(OpError::Shape(e)))?;
        let output =
            nhwc(check::known_output(node, 0)?, "result").map_err(|e| rule(OpError::Shape(e)))?;
        let strides = Shape::from(input).strides();
        let places = Places::new(&output, moved, 0.0, |axis, index| {
            let taken = match axis {
                1 | 2 => self.nearest(index, [input[axis], output[axis]]),
                _ => index,
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
