//! MEAN over any axes.

use demilite_core::op::Mean;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::table;

use super::GpuOp;
use super::check::{self, Numbers};
use super::reduce::{ReducePlan, Rescaling};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for Mean {
    /// How the sums of quantized integers are rescaled, if they are.
    type Plan = (ReducePlan, Option<Rescaling>);

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<Self::Plan, Reject> {
        let plan = ReducePlan::new(node, context)?;
        let rescaling = match check::numbers(node)? {
            Numbers::Float => None,
            Numbers::Quantized(_) => Some(Rescaling::new(node, plan.count())?),
        };
        Ok((plan, rescaling))
    }

    fn lower(
        &self,
        (plan, rescaling): Self::Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        match rescaling {
            None => plan.lower(&table::MEAN, node, lowering),
            Some(rescaling) => plan.lower_rescaled(&rescaling, node, lowering),
        }
    }
}
