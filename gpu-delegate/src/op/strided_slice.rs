//! STRIDED_SLICE: every n-th element along each dimension.

use demilite_core::op::StridedSlice;
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::{Places, Take};
use crate::node::check;
use crate::node::check::rule;
use crate::node::effect::Effect;

impl GpuOp for StridedSlice {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Take, Reject> {
        let moved = check::moved(node, [0], device)?;
        let slices = self.slices(node).map_err(rule)?;
        let strides = node.shape(0).map_err(rule)?.strides();
        let extents: Vec<usize> = slices.iter().map(|slice| slice.extent).collect();
        let places = Places::new(&extents, moved, 0.0, |axis, index| {
            let slice = slices[axis];
            // Within the input, so never negative.
            let taken = usize::try_from(slice.start as i64 + index as i64 * slice.stride).ok()?;
            Some(slice.axis.map_or(0, |axis| taken * strides[axis]))
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
