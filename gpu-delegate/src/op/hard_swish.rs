//! HARD_SWISH: `x*relu6(x+3)/6`.

use demilite_core::op::HardSwish;
use demilite_core::quantization::HardSwishScale;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{NodeContext, Reject, TensorId};
use demilite_shaders::epilogue::StepFunction;
use demilite_shaders::{Element, table};

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::step::Step;
use crate::elementwise::unary::{self, UnaryPlan};
use crate::lowering::{LowerError, Lowering};
use crate::node::effect::Effect;
use crate::node::quantized::of_input;
use crate::table::function::Function;

impl GpuOp for HardSwish {
    type Plan = UnaryPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<UnaryPlan, Reject> {
        unary::plan(node, device, |element| quantized(element, node))
    }

    fn lower(
        &self,
        plan: UnaryPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        unary::lower(&table::HARD_SWISH, &plan, node, lowering)
    }

    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        Some(Step::of(StepFunction::HardSwish))
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}

fn quantized(element: Element, node: &NodeContext<'_>) -> Result<Function, Reject> {
    if element == Element::I16 {
        return Err(Reject::unsupported("there is no HARD_SWISH of int16"));
    }
    let (input, output) = (of_input(node, 0)?, per_tensor(node.output(0))?);
    let scale = HardSwishScale::new(input, output).ok_or_else(|| {
        Reject::invalid(format!(
            "an input scale of {} is more than 128 times the output's, {}",
            input.0, output.0
        ))
    })?;
    Ok(Box::new(move |value| scale.apply(value)))
}
