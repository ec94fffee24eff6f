//! LEAKY_RELU.

use demilite_core::op::LeakyRelu;
use demilite_core::quantization::LeakyReluScale;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{NodeContext, Reject, TensorId};
use demilite_shaders::Params;
use demilite_shaders::epilogue::StepFunction;
use demilite_shaders::table::{self, LeakyReluParams};

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::step::Step;
use crate::elementwise::unary::{self, UnaryPlan};
use crate::lowering::{LowerError, Lowering};
use crate::node::effect::Effect;
use crate::node::quantized::of_input;
use crate::table::function::Function;

impl GpuOp for LeakyRelu {
    type Plan = UnaryPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<UnaryPlan, Reject> {
        unary::plan(node, device, |_| {
            let (input, output) = (of_input(node, 0)?, per_tensor(node.output(0))?);
            let scale = LeakyReluScale::new(input, output, self.alpha);
            let function: Function = Box::new(move |value| scale.apply(value));
            Ok(function)
        })
    }

    fn lower(
        &self,
        plan: UnaryPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let alpha = self.alpha;
        let params = |length| LeakyReluParams { length, alpha }.bytes();
        unary::lower_with(&table::LEAKY_RELU, params, &plan, node, lowering)
    }

    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        Some(Step::of(StepFunction::Prelu).with(self.alpha))
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
