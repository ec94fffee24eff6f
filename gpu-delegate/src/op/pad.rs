//! PAD and PADV2.

use demilite_core::op::Pad;
use demilite_core::op::pad::paddings;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, PadParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use super::check::{self, rule};
use super::geometry::{merged, rows};
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
        let input = check::input(node, 0, context)?;
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
            constant: constant(self, node)?,
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
        let input = lowering.input(node, 0)?;
        let output = lowering.output(node, 0, length)?;
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
