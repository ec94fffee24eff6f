//! DIV: the quotient of two tensors.

use demilite_core::op::Div;
use demilite_core::{DataType, NodeContext, Reject};
use demilite_shaders::table;
use demilite_shaders::tail::StepFunction;

use super::GpuOp;
use super::binary::{self, Arithmetic, BinaryPlan};
use super::check::{self, Numbers};
use super::step::Step;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::ValueCheck;

impl GpuOp for Div {
    type Plan = BinaryPlan;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<BinaryPlan, Reject> {
        if node.output(0).dtype == DataType::Int32 {
            let plan = binary::plan_integers(node, context, &table::DIV_INTEGER, self.activation)?;
            return plan.checked(ValueCheck::Divisor, node);
        }
        binary::plan(node, context, |numbers| match numbers {
            Numbers::Float => Ok(Arithmetic::Float(
                &table::DIV,
                check::range(self.activation)?,
            )),
            Numbers::Quantized(_) => Err(check::no_kernel(node)),
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
        Some(Step::of(StepFunction::Div).clamped(self.activation.range()?))
    }
}
