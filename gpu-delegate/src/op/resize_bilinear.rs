//! RESIZE_BILINEAR.

use demilite_core::op::{ResizeBilinear, nhwc};
use demilite_core::{NodeContext, OpError, Reject};
use demilite_shaders::table::{self, ResizeBilinearParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use super::check::{self, rule};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, line};

impl GpuOp for ResizeBilinear {
    type Plan = ResizeBilinearParams;

    fn plan(
        &self,
        node: &NodeContext<'_>,
        context: &GpuContext,
    ) -> Result<ResizeBilinearParams, Reject> {
        let shape = |error| rule(OpError::Shape(error));
        let [_, height, width, channels] =
            nhwc(check::input(node, 0, context)?, "picture").map_err(shape)?;
        let output = check::output(node, context)?;
        let [_, output_height, output_width, _] = nhwc(output, "output").map_err(shape)?;
        let scale = |input: usize, output: usize| match self.align_corners && output > 1 {
            true => (input - 1) as f32 / (output - 1) as f32,
            false => input as f32 / output as f32,
        };
        Ok(ResizeBilinearParams {
            length: output.elements() as u32,
            channels: channels as u32,
            input_height: height as u32,
            input_width: width as u32,
            output_height: output_height as u32,
            output_width: output_width as u32,
            scale_height: scale(height, output_height),
            scale_width: scale(width, output_width),
            half_pixel_centers: self.half_pixel_centers.into(),
        })
    }

    fn lower(
        &self,
        params: ResizeBilinearParams,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let input = lowering.input(node, 0)?;
        let output = lowering.output(node, 0, params.length as usize)?;
        lowering.dispatch(Dispatch {
            kernel: &table::RESIZE_BILINEAR,
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
