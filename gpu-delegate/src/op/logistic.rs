//! LOGISTIC: `1/(1+exp(-x))`.

use demilite_core::op::Logistic;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::table;

use super::{GpuOp, unary};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for Logistic {
    type Plan = usize;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<usize, Reject> {
        unary::plan(node, context)
    }

    fn lower(
        &self,
        length: usize,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        unary::lower(&table::LOGISTIC, length, node, lowering)
    }
}
