//! ADD: the sum of two tensors.

use demilite_core::op::Add;
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::epilogue::StepFunction;
use demilite_shaders::{Element, table};

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::binary::{self, Arithmetic, BinaryPlan};
use crate::elementwise::step::Step;
use crate::elementwise::sum::QuantizedSum;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers};
use crate::node::effect::Effect;
use crate::node::quantized;

impl GpuOp for Add {
    type Plan = BinaryPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<BinaryPlan, Reject> {
        if node.output(0).dtype == DataType::Int64 {
            return binary::plan_int64(node, device, &table::ADD_INT64, self.activation);
        }
        let stands_for_itself = match node.output(0).dtype {
            DataType::Int16 => quantized::are_unscaled(node),
            dtype => dtype == DataType::Int32,
        };
        if stands_for_itself {
            return binary::plan_integers(node, device, &table::ADD_INTEGER, self.activation);
        }
        binary::plan(node, device, |numbers| match numbers {
            Numbers::Float => Ok(Arithmetic::Float(
                &table::ADD,
                check::float_range(self.activation)?,
            )),
            Numbers::Half => Ok(Arithmetic::Float(
                &table::ADD,
                check::half_range(self.activation)?,
            )),
            Numbers::Quantized(element) => rescaled(self, element, node),
        })
    }

    fn lower(
        &self,
        plan: BinaryPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        binary::lower(plan, node, lowering)
    }

    fn sum(&self, plan: &BinaryPlan) -> Option<QuantizedSum> {
        plan.quantized_sum()
    }

    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        Some(Step::of(StepFunction::Add).clamped(check::float_range(self.activation).ok()?))
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN.clamped(self.activation)
    }
}

fn rescaled(op: &Add, element: Element, node: &NodeContext<'_>) -> Result<Arithmetic, Reject> {
    if op.pot_scale_int16
        && element == Element::I16
        && let Some(params) = binary::power_of_two_params(op.activation, node)?
    {
        return Ok(Arithmetic::Quantized(
            &table::ADD_POWER_OF_TWO,
            element,
            params,
        ));
    }
    let scale = binary::common_scale(op.activation, node)?;
    if !scale.narrows() {
        return Err(Reject::invalid(
            "the output's scale is too fine for the scales of the inputs",
        ));
    }
    let params = binary::common_scale_params(&scale);
    Ok(Arithmetic::Quantized(
        &table::ADD_QUANTIZED,
        element,
        params,
    ))
}
