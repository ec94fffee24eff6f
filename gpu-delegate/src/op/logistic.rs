//! LOGISTIC: `1/(1+exp(-x))`.

use demilite_core::op::Logistic;
use demilite_core::quantization::layer::{per_tensor, range};
use demilite_core::quantization::{Logistic16, LookupTable8};
use demilite_core::{NodeContext, Reject, TensorId};
use demilite_shaders::epilogue::StepFunction;
use demilite_shaders::{Element, table};

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::step::Step;
use crate::elementwise::unary::{self, UnaryPlan};
use crate::lowering::{LowerError, Lowering};
use crate::node::effect::Effect;
use crate::node::quantized::{expect_output, of_input};
use crate::table::function::Function;

impl GpuOp for Logistic {
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
        unary::lower(&table::LOGISTIC, &plan, node, lowering)
    }

    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        Some(Step::of(StepFunction::Logistic))
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
        expect_output(node, 1.0 / 32768.0, 0.0, 0)?;
        let logistic = Logistic16::new(input.0);
        return Ok(Box::new(move |value| logistic.get(value as i16).into()));
    }
    expect_output(node, 1.0 / 256.0, 0.0, output.1)?;
    let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
    let table = LookupTable8::new(input, output, range(node.output(0))?, sigmoid);
    Ok(Box::new(move |value| table.get(value)))
}
