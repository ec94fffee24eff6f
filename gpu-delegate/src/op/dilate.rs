//! DILATE: a tensor with room between its elements.

use demilite_core::op::Dilate;
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::masked::Masked;
use crate::movement::take::Places;
use crate::node::check::{self, rule};
use crate::node::effect::Effect;

impl GpuOp for Dilate {
    type Plan = Masked;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Masked, Reject> {
        let moved = check::moved(node, [0, 2], device)?;
        let steps = self.steps(node).map_err(rule)?;
        let strides = node.shape(0).map_err(rule)?.strides();
        let output = check::known_output(node, 0)?;
        let places = Places::new(output, moved, 0.0, |axis, index| {
            let is_element = index.is_multiple_of(steps[axis]);
            is_element.then(|| index / steps[axis] * strides[axis])
        })?;
        let extents = output.strides();
        let is_element = |place: usize| {
            let mut dims = extents.iter().zip(&output[..]).zip(&steps);
            dims.all(|((stride, extent), &step)| (place / stride % extent).is_multiple_of(step))
        };
        let mask = (0..output.elements()).map(|place| is_element(place).into());
        // The value that fills the room is one for all places.
        let dims = vec![[output.elements(), 1, 1, 0]];
        Masked::new([0, 2], places, mask.collect(), dims, moved)
    }

    fn lower(
        &self,
        plan: Masked,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
