//! LOG_SOFTMAX of rows of floats.

use demilite_core::op::LogSoftmax;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::Params;
use demilite_shaders::table::{self, SoftmaxParams};

use super::GpuOp;
use super::lines::Lines;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for LogSoftmax {
    type Plan = Lines;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<Lines, Reject> {
        Lines::of_floats(node, context)
    }

    fn lower(
        &self,
        lines: Lines,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let params = SoftmaxParams {
            rows: lines.rows,
            row_length: lines.row_length,
            beta: 1.0,
        };
        let logarithm = Some(("logarithm", 1));
        lines.lower(&table::SOFTMAX, logarithm, params.bytes(), node, lowering)
    }
}
