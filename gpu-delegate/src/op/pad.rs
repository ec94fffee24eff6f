//! PAD and PADV2.

use demilite_core::op::Pad;
use demilite_core::op::pad::paddings;
use demilite_core::{DataType, NodeContext, Reject};

use super::GpuOp;
use super::check::{self, Moved, Numbers, rule};
use super::quantized;
use super::take::{Places, Take};
use crate::constant::single_float;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for Pad {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<Take, Reject> {
        let numbers = check::numbers(node)?;
        let input = check::data(node, 0, numbers, context)?;
        let output = check::output(node, context)?;
        let paddings = paddings(input, &check::indices(node, 1)?).map_err(rule)?;
        let strides = input.strides();
        let (moved, constant) = match numbers {
            Numbers::Float => (Moved::Float, constant(self, node)?),
            Numbers::Quantized(element) => {
                let constant = quantized_constant(self, node)?;
                (Moved::Bits(element, 1), constant as f32)
            }
        };
        let places = Places::new(output, moved, constant, |axis, index| {
            let inside = index.checked_sub(paddings[axis][0])?;
            (inside < input[axis]).then(|| inside * strides[axis])
        })?;
        Ok(Take::first(moved, places))
    }

    fn lower(
        &self,
        plan: Take,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }
}

/// The value to fill with.
fn constant(op: &Pad, node: &NodeContext<'_>) -> Result<f32, Reject> {
    if !op.has_value {
        return Ok(0.0);
    }
    node.input_id(2)
        .and_then(|id| single_float(node.graph(), id))
        .ok_or_else(|| Reject::unsupported("the value to pad with is no single float constant"))
}

/// The integer to fill with: the output's zero point, or the value of a constant on the same scale.
fn quantized_constant(op: &Pad, node: &NodeContext<'_>) -> Result<i32, Reject> {
    let output = node.output(0);
    let (_, zero_point) = quantized::per_tensor(output)?;
    if !op.has_value {
        return Ok(zero_point);
    }
    let value = node.required(2).map_err(rule)?;
    if value.dtype != output.dtype || value.quantization != output.quantization {
        return Err(Reject::invalid(
            "the value to pad with needs the type, scale and zero point of the output",
        ));
    }
    let view = value
        .constant_view()
        .ok_or_else(|| Reject::unsupported("the value to pad with is not a dense constant"))?;
    let element = match view.dtype() {
        DataType::Int8 => view.as_slice::<i8>().map(|v| v.first().map(|&v| v.into())),
        DataType::UInt8 => view.as_slice::<u8>().map(|v| v.first().map(|&v| v.into())),
        _ => view.as_slice::<i16>().map(|v| v.first().map(|&v| v.into())),
    };
    element
        .ok()
        .flatten()
        .ok_or_else(|| Reject::invalid("the value to pad with is empty"))
}
