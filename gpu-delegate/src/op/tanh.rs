//! TANH: the hyperbolic tangent.

use demilite_core::op::Tanh;
use demilite_core::quantization::layer::{per_tensor, range};
use demilite_core::quantization::{LookupTable8, Tanh16};
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

impl GpuOp for Tanh {
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
        unary::lower(&table::TANH, &plan, node, lowering)
    }

    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        Some(Step::of(StepFunction::Tanh))
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::BOUNDED
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the integers are of the element's type"
)]
fn quantized(element: Element, node: &NodeContext<'_>) -> Result<Function, Reject> {
    let (input, output) = (of_input(node, 0)?, per_tensor(node.output(0))?);
    if element == Element::I16 {
        if (output.0.log2() + 15.0).abs() >= 1e-3 {
            return Err(Reject::invalid(format!(
                "the output has scale {} where 1/32768 is needed",
                output.0
            )));
        }
        let tanh = Tanh16::new(input.0);
        return Ok(Box::new(move |value| tanh.get(value as i16).into()));
    }
    let table = LookupTable8::new(input, output, range(node.output(0))?, f32::tanh);
    Ok(Box::new(move |value| table.get(value)))
}
