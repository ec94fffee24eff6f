//! QUANTIZE: floats to quantized integers, and quantized integers to another scale.

use demilite_core::op::Quantize;
use demilite_core::quantization::Requantize;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, QuantizeParams, RequantizeParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::check::{self, Numbers};
use super::{GpuOp, quantized};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, line};

/// Exponents of two of scales whose quotients the kernel takes apart as normal numbers.
const EXPONENTS: std::ops::RangeInclusive<i32> = -100..=100;

/// What the dispatch of a node needs to know.
pub(super) struct QuantizePlan {
    element: Element,
    arithmetic: Arithmetic,
}

enum Arithmetic {
    Quantize(QuantizeParams),
    Requantize(RequantizeParams),
}

impl GpuOp for Quantize {
    type Plan = QuantizePlan;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<QuantizePlan, Reject> {
        let Numbers::Quantized(element) = check::numbers(node)? else {
            return Err(Reject::unsupported("the output holds floats"));
        };
        let numbers = check::input_numbers(node, 0)?;
        let length = check::output(node, context)?.elements() as u32;
        check::source(node, 0, context)?;
        let output = quantized::per_tensor(node.output(0))?;
        let (smallest, largest) = quantized::range(node.output(0))?;
        let arithmetic = match numbers {
            Numbers::Float => {
                if !EXPONENTS.contains(&(output.0.log2() as i32)) {
                    return Err(Reject::unsupported(format!("the scale {}", output.0)));
                }
                Arithmetic::Quantize(QuantizeParams {
                    length,
                    scale: output.0,
                    zero_point: output.1,
                    smallest,
                    largest,
                })
            }
            Numbers::Quantized(_) => {
                let scale = Requantize::new(quantized::of_input(node, 0)?, output);
                Arithmetic::Requantize(RequantizeParams {
                    length,
                    input_zero_point: scale.zero_point,
                    multiplier: scale.multiplier.multiplier,
                    exponent: scale.multiplier.shift,
                    output_zero_point: scale.output_zero_point,
                    smallest,
                    largest,
                })
            }
        };
        Ok(QuantizePlan {
            element,
            arithmetic,
        })
    }

    fn lower(
        &self,
        plan: QuantizePlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let (kernel, length, params) = match plan.arithmetic {
            Arithmetic::Quantize(params) => (&table::QUANTIZE, params.length, params.bytes()),
            Arithmetic::Requantize(params) => (&table::REQUANTIZE, params.length, params.bytes()),
        };
        let input = lowering.stored_input(node, 0)?;
        let output = lowering.output_of(node, length as usize, plan.element)?;
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants: Vec::new(),
            params,
            output,
            operands: vec![(Role::Weight, input)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS as u32) as usize, 64),
        });
        Ok(())
    }
}
