//! DIV: the quotient of two tensors.

use demilite_core::op::Div;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::quantization::layer::{per_tensor, quantized_clamp};
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::epilogue::StepFunction;
use demilite_shaders::table::{self, BinaryQuantizedParams};

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::binary::{self, Arithmetic, BinaryPlan};
use crate::elementwise::step::Step;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers};
use crate::node::effect::{self, Effect};
use crate::node::quantized::of_input;
use crate::program::ValueCheck;

impl GpuOp for Div {
    type Plan = BinaryPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<BinaryPlan, Reject> {
        if node.output(0).dtype == DataType::Int32 {
            let plan = binary::plan_integers(node, device, &table::DIV_INTEGER, self.activation)?;
            return plan.checked(ValueCheck::Divisor, node);
        }
        let plan = binary::plan(node, device, |numbers| match numbers {
            Numbers::Float => Ok(Arithmetic::Float(
                &table::DIV,
                check::float_range(self.activation)?,
            )),
            Numbers::Half => Ok(Arithmetic::Float(
                &table::DIV,
                check::half_range(self.activation)?,
            )),
            Numbers::Quantized(element) => {
                let params = quotients(self, node)?;
                Ok(Arithmetic::Quantized(
                    &table::DIV_QUANTIZED,
                    element,
                    params,
                ))
            }
        })?;
        match check::numbers(node)? {
            Numbers::Float | Numbers::Half => Ok(plan),
            Numbers::Quantized(_) => Ok(plan.checked_less_zero_point(ValueCheck::Divisor)),
        }
    }

    fn lower(
        &self,
        plan: BinaryPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        binary::lower(plan, node, lowering)
    }

    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        Some(Step::of(StepFunction::Div).clamped(check::float_range(self.activation).ok()?))
    }

    fn effect(&self, node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        effect::quotient(node).clamped(self.activation)
    }
}

/// Zero points, and the factor of the scales in single precision.
fn quotients(op: &Div, node: &NodeContext<'_>) -> Result<BinaryQuantizedParams, Reject> {
    let (left, right) = (of_input(node, 0)?, of_input(node, 1)?);
    let output = per_tensor(node.output(0))?;
    let multiplier = QuantizedMultiplier::from_factor(f64::from(left.0 / (right.0 * output.0)));
    let (activation_min, activation_max) = quantized_clamp(op.activation, node.output(0))?;
    Ok(BinaryQuantizedParams {
        activation_min,
        activation_max,
        left_zero_point: left.1,
        right_zero_point: right.1,
        output_zero_point: output.1,
        output_multiplier: multiplier.multiplier,
        output_exponent: multiplier.shift,
        ..BinaryQuantizedParams::default()
    })
}
