//! MIRROR_PAD: a border that mirrors what it lies around.

use demilite_core::op::{MirrorPad, mirror_pad::MirrorPadMode};
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::{Places, Take};
use crate::node::check;
use crate::node::check::rule;
use crate::node::effect::Effect;

impl GpuOp for MirrorPad {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Take, Reject> {
        let moved = check::moved(node, [0], device)?;
        check::same_quantization(node, 0)?;
        let input = node.shape(0).map_err(rule)?;
        let paddings = self.paddings(node).map_err(rule)?;
        let strides = input.strides();
        let edge = match self.mode {
            MirrorPadMode::Reflect => 0,
            MirrorPadMode::Symmetric => 1,
        };
        let output = check::known_output(node, 0)?;
        let places = Places::new(output, moved, 0.0, |axis, index| {
            let (extent, before) = (input[axis], paddings[axis][0]);
            let taken = match index.checked_sub(before) {
                None => before - index - edge,
                Some(inside) if inside < extent => inside,
                Some(behind) => 2 * (extent - 1) + edge - behind,
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
