//! SLICE: a box of a tensor.

use demilite_core::op::{Slice, slice::slice_box};
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::{Places, Take};
use crate::node::check;
use crate::node::check::rule;
use crate::node::effect::Effect;

impl GpuOp for Slice {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Take, Reject> {
        let moved = check::moved(node, [0], device)?;
        let input = node.shape(0).map_err(rule)?;
        let (begin, size) = (check::indices(node, 1)?, check::indices(node, 2)?);
        let (starts, shape) = slice_box(input, &begin, &size).map_err(rule)?;
        let strides = input.strides();
        let places = Places::new(&shape, moved, 0.0, |axis, index| {
            Some((starts[axis] + index) * strides[axis])
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
