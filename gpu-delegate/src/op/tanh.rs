//! TANH: the hyperbolic tangent.

use demilite_core::op::Tanh;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::table;

use super::{GpuOp, unary};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for Tanh {
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
        unary::lower(&table::TANH, length, node, lowering)
    }
}
