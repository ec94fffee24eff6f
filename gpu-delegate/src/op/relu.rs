//! RELU, RELU6, RELU_N1_TO_1 and RELU_0_TO_1: a clamp.

use demilite_core::op::Relu;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::Params;
use demilite_shaders::table::{self, ReluParams};

use super::{GpuOp, unary};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for Relu {
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
        let (activation_min, activation_max) = self.kind.range();
        let params = ReluParams {
            length: length as u32,
            activation_min,
            activation_max,
        };
        unary::lower_with(&table::RELU, params.bytes(), length, node, lowering)
    }
}
