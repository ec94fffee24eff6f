//! GELU.

use demilite_core::op::Gelu;
use demilite_core::quantization::{gelu, gelu_approximate, gelu_approximate_f16, gelu_f16};
use demilite_core::{NodeContext, Reject, TensorId};
use demilite_shaders::epilogue::StepFunction;
use demilite_shaders::table;

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::step::Step;
use crate::elementwise::unary::{self, UnaryPlan};
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers};
use crate::node::effect::Effect;
use crate::table::function::of_reals;
use crate::table::lookup::Lookup;

impl GpuOp for Gelu {
    type Plan = UnaryPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<UnaryPlan, Reject> {
        // Of float16, LiteRT rounds each step.
        if check::numbers(node)? == Numbers::Half {
            let function = match self.approximate {
                true => gelu_approximate_f16,
                false => gelu_f16,
            };
            return Lookup::of_halves(node, device, function).map(UnaryPlan::Table);
        }
        let function = match self.approximate {
            true => gelu_approximate,
            false => gelu,
        };
        unary::plan(node, device, |element| of_reals(element, node, function))
    }

    fn lower(
        &self,
        plan: UnaryPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let kernel = match self.approximate {
            true => &table::GELU_APPROXIMATE,
            false => &table::GELU,
        };
        unary::lower(kernel, &plan, node, lowering)
    }

    fn step(&self, _node: &NodeContext<'_>) -> Option<Step> {
        Some(Step::of(match self.approximate {
            true => StepFunction::GeluApproximate,
            false => StepFunction::Gelu,
        }))
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
