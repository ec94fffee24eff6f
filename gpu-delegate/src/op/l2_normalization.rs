//! L2_NORMALIZATION: rows of floats divided by their lengths.

use demilite_core::op::{Activation, L2Normalization};
use demilite_core::{NodeContext, Reject};
use demilite_shaders::Params;
use demilite_shaders::table::{self, L2NormalizationParams};

use super::GpuOp;
use super::lines::Lines;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for L2Normalization {
    type Plan = Lines;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<Lines, Reject> {
        if self.activation != Activation::None {
            return Err(Reject::unsupported(format!(
                "the fused activation {:?}",
                self.activation
            )));
        }
        Lines::of_floats(node, context)
    }

    fn lower(
        &self,
        lines: Lines,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let Lines { rows, row_length } = lines;
        let params = L2NormalizationParams { rows, row_length }.bytes();
        lines.lower(&table::L2_NORMALIZATION, None, params, node, lowering)
    }
}
