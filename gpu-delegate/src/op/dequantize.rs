//! DEQUANTIZE. The nodes that read a dequantized float16 constant read the constant's own bytes; quantized integers become
//! 32-bit floats.

use demilite_core::op::Dequantize;
use demilite_core::{DataType, NodeContext, Reject};
use demilite_shaders::table::{self, DequantizeParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::{GpuOp, check, quantized};
use crate::constant::{float_constant, quantized_element};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, line};

impl GpuOp for Dequantize {
    /// The params of the dispatch, if there is one.
    type Plan = Option<DequantizeParams>;

    fn plan(
        &self,
        node: &NodeContext<'_>,
        context: &GpuContext,
    ) -> Result<Option<DequantizeParams>, Reject> {
        let dtype = node.required(0).map_err(check::rule)?.dtype;
        if quantized_element(dtype).is_some() {
            let length = check::source(node, 0, context)?.elements() as u32;
            check::output(node, context)?;
            let (scale, zero_point) = quantized::of_input(node, 0)?;
            if !scale.is_normal() {
                return Err(Reject::unsupported(format!(
                    "the scale {scale}, which a GPU may take for 0"
                )));
            }
            return Ok(Some(DequantizeParams {
                length,
                scale,
                zero_point,
            }));
        }
        if dtype != DataType::Float16 {
            return Err(Reject::unsupported(format!(
                "the input is {dtype}, and the GPU delegate expands float16, int8, uint8 and int16"
            )));
        }
        if float_constant(node.graph(), node.node().outputs[0]).is_none() {
            return Err(Reject::unsupported("the input is no constant"));
        }
        Ok(None)
    }

    fn lower(
        &self,
        plan: Option<DequantizeParams>,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let Some(params) = plan else {
            return Ok(());
        };
        let length = params.length as usize;
        let input = lowering.stored_input(node, 0)?;
        // 16-bit floats would not hold the reals.
        let output = lowering.output_of(node, length, Element::F32)?;
        lowering.dispatch(Dispatch {
            kernel: &table::DEQUANTIZE,
            rows: Rows::Aligned,
            constants: Vec::new(),
            params: params.bytes(),
            output,
            operands: vec![(Role::Weight, input)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }
}
