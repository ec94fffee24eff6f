//! DEQUANTIZE of float16 constants: the nodes that read the output read the constant's own bytes.

use demilite_core::op::Dequantize;
use demilite_core::{DataType, NodeContext, Reject};

use super::GpuOp;
use crate::constant::float_constant;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for Dequantize {
    type Plan = ();

    fn plan(&self, node: &NodeContext<'_>, _: &GpuContext) -> Result<(), Reject> {
        let dtype = node.required(0).map_err(super::check::rule)?.dtype;
        if dtype != DataType::Float16 {
            return Err(Reject::unsupported(format!(
                "the input is {dtype}, and the GPU delegate expands float16 only"
            )));
        }
        if float_constant(node.graph(), node.node().outputs[0]).is_none() {
            return Err(Reject::unsupported("the input is not a dense constant"));
        }
        Ok(())
    }

    fn lower(&self, (): (), _: &NodeContext<'_>, _: &mut Lowering<'_>) -> Result<(), LowerError> {
        Ok(())
    }
}
