//! HARD_SWISH: `x*relu6(x+3)/6`.

use demilite_core::op::HardSwish;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::table;

use super::{GpuOp, unary};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for HardSwish {
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
        unary::lower(&table::HARD_SWISH, length, node, lowering)
    }
}
