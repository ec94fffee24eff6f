//! SUB: the difference of two tensors.

use demilite_core::op::Sub;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::table;

use super::GpuOp;
use super::binary::{self, BinaryPlan};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for Sub {
    type Plan = BinaryPlan;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<BinaryPlan, Reject> {
        binary::plan(node, self.activation, context)
    }

    fn lower(
        &self,
        plan: BinaryPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        binary::lower(&table::SUB, plan, node, lowering)
    }
}
