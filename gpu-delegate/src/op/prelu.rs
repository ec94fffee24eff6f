//! PRELU: elements below 0 are multiplied by slopes.

use demilite_core::op::Prelu;
use demilite_core::quantization::PreluScale;
use demilite_core::quantization::layer::{per_tensor, range};
use demilite_core::{NodeContext, Reject, TensorId};
use demilite_shaders::Element;
use demilite_shaders::epilogue::StepFunction;
use demilite_shaders::table::{self, BinaryQuantizedParams};

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::binary::{self, Arithmetic, BinaryPlan, EVERYTHING};
use crate::elementwise::step::Step;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers};
use crate::node::effect::Effect;
use crate::node::quantized::of_input;

impl GpuOp for Prelu {
    type Plan = BinaryPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<BinaryPlan, Reject> {
        // 16-bit integers have slopes of bytes.
        let slopes = |numbers| match numbers {
            Numbers::Quantized(Element::I16) => Numbers::Quantized(Element::I8),
            numbers => numbers,
        };
        binary::plan_beside(node, device, slopes, |numbers| match numbers {
            Numbers::Float => Ok(Arithmetic::Float(&table::PRELU, EVERYTHING)),
            Numbers::Half => Err(check::no_kernel(node)),
            Numbers::Quantized(element) => {
                let (input, slopes) = (of_input(node, 0)?, of_input(node, 1)?);
                let scale = PreluScale::new(input, slopes, per_tensor(node.output(0))?);
                let (activation_min, activation_max) = range(node.output(0))?;
                let params = BinaryQuantizedParams {
                    activation_min,
                    activation_max,
                    left_zero_point: scale.zero_points[0],
                    left_multiplier: scale.above.multiplier,
                    left_exponent: scale.above.shift,
                    right_zero_point: scale.zero_points[1],
                    right_multiplier: scale.below.multiplier,
                    right_exponent: scale.below.shift,
                    output_zero_point: scale.output_zero_point,
                    ..BinaryQuantizedParams::default()
                };
                Ok(Arithmetic::Quantized(
                    &table::PRELU_QUANTIZED,
                    element,
                    params,
                ))
            }
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

    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        Some(Step::of(StepFunction::Prelu))
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
