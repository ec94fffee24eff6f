//! SPLIT and SPLIT_V: a tensor cut into pieces along an axis.

use demilite_core::op::Split;
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::{Places, Take};
use crate::node::check;
use crate::node::check::rule;
use crate::node::effect::Effect;

impl GpuOp for Split {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Take, Reject> {
        let input = self.tensor_input();
        let moved = check::moved(node, [input], device)?;
        let cut = self.cut(node).map_err(rule)?;
        let shape = node.shape(input).map_err(rule)?;
        let strides = shape.strides();
        let mut start = 0;
        let piece = |&length: &usize| {
            let before = start;
            start += length;
            let mut extents = shape.to_vec();
            extents[cut.axis] = length;
            Places::new(&extents, moved, 0.0, |axis, index| {
                let skipped = if axis == cut.axis { before } else { 0 };
                Some((skipped + index) * strides[axis])
            })
        };
        let places = cut.lengths.iter().map(piece).collect::<Result<_, _>>()?;
        Ok(Take {
            input,
            moved,
            places,
        })
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
