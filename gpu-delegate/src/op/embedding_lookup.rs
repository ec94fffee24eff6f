//! EMBEDDING_LOOKUP: rows of a table, chosen by indices.

use demilite_core::op::EmbeddingLookup;
use demilite_core::{NodeContext, Reject};

use super::GpuOp;
use super::gather::{GatherPlan, Slices};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for EmbeddingLookup {
    type Plan = GatherPlan;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<GatherPlan, Reject> {
        GatherPlan::new(node, [1, 0], context, || {
            let (table, indices) = (node.shape(1)?, node.shape(0)?);
            let inner = table[1..].iter().product();
            Ok(Slices {
                named: vec![[table[0], inner]],
                inner,
                count: indices.elements(),
                group_rows: 1,
                row_step: 0,
            })
        })
    }

    fn lower(
        &self,
        plan: GatherPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }
}
