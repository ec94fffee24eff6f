//! AVERAGE_POOL_2D and MAX_POOL_2D.

use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{Pool2d, nhwc};
use demilite_core::{NodeContext, OpError, Reject};
use demilite_shaders::table::{self, Pool2dParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use super::check::{self, rule};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, line};

impl GpuOp for Pool2d {
    type Plan = Pool2dParams;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<Pool2dParams, Reject> {
        let shape = |error| rule(OpError::Shape(error));
        let [_, height, width, channels] =
            nhwc(check::input(node, 0, context)?, "picture").map_err(shape)?;
        let output = check::output(node, context)?;
        let [_, output_height, output_width, _] = nhwc(output, "output").map_err(shape)?;
        let vertical = self.rows.place(height, self.padding).map_err(shape)?;
        let horizontal = self.columns.place(width, self.padding).map_err(shape)?;
        let (activation_min, activation_max) = check::range(self.activation)?;
        let (rows, columns) = (self.rows.size.min(height), self.columns.size.min(width));
        let elements = if channels.is_multiple_of(QUAD_ELEMENTS) {
            1
        } else {
            QUAD_ELEMENTS
        };
        check::iterations(elements * rows * (columns + 1))?;
        Ok(Pool2dParams {
            length: output.elements() as u32,
            channels: channels as u32,
            input_height: height as u32,
            input_width: width as u32,
            output_height: output_height as u32,
            output_width: output_width as u32,
            filter_height: self.rows.size as u32,
            filter_width: self.columns.size as u32,
            stride_height: self.rows.stride as u32,
            stride_width: self.columns.stride as u32,
            pad_top: vertical.padding_before as u32,
            pad_left: horizontal.padding_before as u32,
            activation_min,
            activation_max,
        })
    }

    fn lower(
        &self,
        params: Pool2dParams,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let input = lowering.input(node, 0)?;
        let output = lowering.output(node, 0, params.length as usize)?;
        lowering.dispatch(Dispatch {
            kernel: match self.kind {
                PoolKind::Average => &table::AVERAGE_POOL_2D,
                PoolKind::Max => &table::MAX_POOL_2D,
            },
            rows: Rows::Aligned,
            constants: vec![(
                "quads",
                params.channels.is_multiple_of(QUAD_ELEMENTS as u32).into(),
            )],
            params: params.bytes(),
            output,
            operands: vec![(Role::Input, input)],
            workgroups: line(params.length.div_ceil(QUAD_ELEMENTS as u32) as usize, 64),
        });
        Ok(())
    }
}
