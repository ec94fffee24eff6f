//! PAD and PADV2.

use demilite_core::op::Pad;
use demilite_core::op::pad::paddings;
use demilite_core::{DataType, NodeContext, Reject};
use demilite_shaders::table::{self, PadParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use super::check::{self, Numbers, rule};
use super::geometry::{merged, rows};
use super::quantized;
use crate::constant::float_constant;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, line};

/// Sizes, and whether whole quads move.
pub(super) struct PadPlan {
    params: PadParams,
    is_quads: bool,
}

impl GpuOp for Pad {
    type Plan = PadPlan;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<PadPlan, Reject> {
        let numbers = check::numbers(node)?;
        let input = check::data(node, 0, numbers, context)?;
        let output = check::output(node, context)?;
        let paddings = paddings(input, &check::indices(node, 1)?).map_err(rule)?;
        let steps = input.strides();
        let dims =
            (0..input.rank()).map(|dim| [output[dim], paddings[dim][0], input[dim], steps[dim]]);
        // An inner dimension without padding is a part of its neighbour.
        let dims = merged(dims, |outer: [usize; 4], inner: [usize; 4]| {
            let merges = inner[0] == inner[2];
            merges.then_some([
                outer[0] * inner[0],
                outer[1] * inner[0],
                outer[2] * inner[0],
                inner[3],
            ])
        });
        let is_quads = dims.last().is_none_or(|dim| {
            dim[..3]
                .iter()
                .all(|extent| extent.is_multiple_of(QUAD_ELEMENTS))
        });
        let (dims, rank) = rows(dims)?;
        let params = PadParams {
            dims,
            rank,
            length: output.elements() as u32,
            constant: match numbers {
                Numbers::Float => constant(self, node)?,
                Numbers::Quantized(_) => quantized_constant(self, node)? as f32,
            },
        };
        Ok(PadPlan { params, is_quads })
    }

    fn lower(
        &self,
        plan: PadPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = plan.params.length as usize;
        let (input, output) = lowering.same_element(node, length)?;
        lowering.dispatch(Dispatch {
            kernel: &table::PAD,
            rows: Rows::Aligned,
            constants: vec![("quads", plan.is_quads.into())],
            params: plan.params.bytes(),
            output,
            operands: vec![(Role::Input, input)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }
}

/// The value to fill with.
fn constant(op: &Pad, node: &NodeContext<'_>) -> Result<f32, Reject> {
    if !op.has_value {
        return Ok(0.0);
    }
    let id = node
        .input_id(2)
        .ok_or_else(|| Reject::invalid("input 2 is absent"))?;
    let constant = float_constant(node.graph(), id)
        .ok_or_else(|| Reject::unsupported("the value to pad with is not a float constant"))?;
    let value = match constant.is_half() {
        true => constant
            .view
            .as_slice::<half::f16>()
            .ok()
            .and_then(|v| v.first())
            .map(|v| v.to_f32()),
        false => constant
            .view
            .as_slice::<f32>()
            .ok()
            .and_then(|v| v.first())
            .copied(),
    };
    value.ok_or_else(|| Reject::invalid("the value to pad with is empty"))
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
