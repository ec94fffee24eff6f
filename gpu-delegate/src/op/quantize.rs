//! QUANTIZE: floats to integers, for which there are no kernels.

use std::convert::Infallible;

use demilite_core::op::Quantize;
use demilite_core::{NodeContext, Reject};

use super::GpuOp;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for Quantize {
    type Plan = Infallible;

    fn plan(&self, node: &NodeContext<'_>, _: &GpuContext) -> Result<Infallible, Reject> {
        let dtype = node.output(0).dtype;
        Err(Reject::unsupported(format!(
            "the output is {dtype}, and the GPU delegate computes float32"
        )))
    }

    fn lower(
        &self,
        plan: Infallible,
        _: &NodeContext<'_>,
        _: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        match plan {}
    }
}
