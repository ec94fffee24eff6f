//! UNPACK: a tensor taken apart along an axis.

use demilite_core::op::Unpack;
use demilite_core::{NodeContext, OpError, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::{Places, Take};
use crate::node::check;
use crate::node::check::rule;
use crate::node::effect::Effect;

impl GpuOp for Unpack {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Take, Reject> {
        let moved = check::moved(node, [0], device)?;
        check::same_quantization(node, 0)?;
        let input = node.shape(0).map_err(rule)?;
        let axis = input
            .axis(self.axis.into())
            .map_err(|error| rule(OpError::Shape(error)))?;
        let strides = input.strides();
        let mut extents = input.to_vec();
        extents[axis] = 1;
        let part = |skipped| {
            Places::new(&extents, moved, 0.0, |dimension, index| {
                let place = if dimension == axis { skipped } else { index };
                Some(place * strides[dimension])
            })
        };
        let places = (0..input[axis]).map(part).collect::<Result<_, _>>()?;
        Ok(Take {
            input: 0,
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
