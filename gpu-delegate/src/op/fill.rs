//! FILL: one value everywhere.

use demilite_core::op::Fill;
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::{Places, Take};
use crate::node::check;
use crate::node::effect::Effect;

impl GpuOp for Fill {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Take, Reject> {
        let moved = check::moved(node, [1], device)?;
        check::same_quantization(node, 1)?;
        let elements = check::known_output(node, 0)?.elements();
        Ok(Take {
            input: 1,
            moved,
            places: vec![Places::new(&[elements], moved, 0.0, |_, _| Some(0))?],
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
