//! SOFTMAX along the last dimension.

use demilite_core::op::Softmax;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, SoftmaxParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::{GpuOp, check};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, line};

/// Invocations that share a row.
const WORKGROUP_SIZE: u32 = 64;

impl GpuOp for Softmax {
    type Plan = SoftmaxParams;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<SoftmaxParams, Reject> {
        let input = check::input(node, 0, context)?;
        check::output(node, context)?;
        let row_length = input
            .last()
            .copied()
            .ok_or_else(|| Reject::invalid("the input is a scalar"))?;
        let steps = row_length.div_ceil(WORKGROUP_SIZE as usize * QUAD_ELEMENTS);
        check::iterations(3 * steps + 2 * WORKGROUP_SIZE as usize)?;
        Ok(SoftmaxParams {
            rows: (input.elements() / row_length) as u32,
            row_length: row_length as u32,
            beta: self.beta,
        })
    }

    fn lower(
        &self,
        params: SoftmaxParams,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let input = lowering.input(node, 0)?;
        let output = lowering.output(node, 0, (params.rows * params.row_length) as usize)?;
        let is_quads = params.row_length.is_multiple_of(QUAD_ELEMENTS as u32);
        lowering.dispatch(Dispatch {
            kernel: &table::SOFTMAX,
            rows: if is_quads || params.rows == 1 {
                Rows::Aligned
            } else {
                Rows::Scattered
            },
            constants: vec![
                ("input_quads", is_quads.into()),
                ("workgroup_size", WORKGROUP_SIZE),
            ],
            params: params.bytes(),
            output,
            operands: vec![(Role::Input, input)],
            workgroups: line(params.rows as usize, 1),
        });
        Ok(())
    }
}
