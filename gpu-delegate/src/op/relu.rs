//! RELU, RELU6, RELU_N1_TO_1 and RELU_0_TO_1: a clamp.

use demilite_core::op::Relu;
use demilite_core::op::relu::ReluKind;
use demilite_core::quantization::ReluScale;
use demilite_core::quantization::layer::{per_tensor, quantized_interval};
use demilite_core::{NodeContext, Reject, TensorId};
use demilite_shaders::epilogue::StepFunction;
use demilite_shaders::table::{self, ReluParams};
use demilite_shaders::{Element, Params};

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::step::Step;
use crate::elementwise::unary::{self, UnaryPlan};
use crate::lowering::{LowerError, Lowering};
use crate::node::effect::Effect;
use crate::node::quantized::of_input;
use crate::table::function::Function;

impl GpuOp for Relu {
    type Plan = UnaryPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<UnaryPlan, Reject> {
        unary::plan(node, device, |element| quantized(self, element, node))
    }

    fn lower(
        &self,
        plan: UnaryPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let (activation_min, activation_max) = self.kind.range();
        let params = |length| {
            ReluParams {
                length,
                activation_min,
                activation_max,
            }
            .bytes()
        };
        unary::lower_with(&table::RELU, params, &plan, node, lowering)
    }

    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        Some(Step::of(StepFunction::Identity).clamped(self.kind.range()))
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        match self.kind {
            ReluKind::Relu => Effect::WITHIN,
            ReluKind::Relu6 | ReluKind::ReluN1To1 | ReluKind::Relu0To1 => Effect::BOUNDED,
        }
    }
}

fn quantized(op: &Relu, element: Element, node: &NodeContext<'_>) -> Result<Function, Reject> {
    if element == Element::I16 && matches!(op.kind, ReluKind::ReluN1To1 | ReluKind::Relu0To1) {
        return Err(Reject::unsupported(format!(
            "there is no {:?} of int16",
            op.kind
        )));
    }
    let output = node.output(0);
    let clamp = quantized_interval(op.kind.range(), output)?;
    let scale = ReluScale::new(of_input(node, 0)?, per_tensor(output)?, clamp);
    Ok(Box::new(move |value| scale.apply(value)))
}
