//! AVERAGE_POOL_2D, L2_POOL_2D and MAX_POOL_2D.

use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{Activation, Pool2d, nhwc};
use demilite_core::quantization::layer;
use demilite_core::{NodeContext, OpError, Reject, TensorId};
use demilite_shaders::table::{self, Pool2dParams};
use demilite_shaders::{Kernel, Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers, rule, word};
use crate::node::effect::Effect;
use crate::program::{Dispatch, line};

impl GpuOp for Pool2d {
    /// The sizes, and the kernel.
    type Plan = (Pool2dParams, &'static Kernel);

    fn plan(
        &self,
        node: &NodeContext<'_>,
        device: &Device,
    ) -> Result<(Pool2dParams, &'static Kernel), Reject> {
        let shape = |error| rule(OpError::Shape(error));
        let numbers = check::numbers(node)?;
        let kernel = match (self.kind, numbers) {
            (PoolKind::Average, Numbers::Float) => &table::AVERAGE_POOL_2D,
            (PoolKind::Average, Numbers::Quantized(_)) => &table::AVERAGE_POOL_2D_QUANTIZED,
            (PoolKind::Max, Numbers::Float) => &table::MAX_POOL_2D,
            (PoolKind::Max, Numbers::Quantized(_)) => &table::MAX_POOL_2D_INTEGER,
            (PoolKind::L2, Numbers::Float) => &table::L2_POOL_2D,
            (PoolKind::L2, Numbers::Quantized(_)) | (_, Numbers::Half) => {
                return Err(check::no_kernel(node));
            }
        };
        let image = check::data(node, 0, numbers, device)?;
        let [_, height, width, channels] = nhwc(image, "image").map_err(shape)?;
        let output = check::output(node, device)?;
        let [_, output_height, output_width, _] = nhwc(output, "output").map_err(shape)?;
        let vertical = self.rows.place(height, self.padding).map_err(shape)?;
        let horizontal = self.columns.place(width, self.padding).map_err(shape)?;
        let (activation_min, activation_max) = match numbers {
            Numbers::Float | Numbers::Half => check::float_range(self.activation)?,
            Numbers::Quantized(_) => {
                // What nothing clamps is averaged and compared as it is, whether it stands for reals or not.
                let clamp = match self.activation {
                    Activation::None => layer::range(node.output(0))?,
                    activation => layer::quantized_clamp(activation, node.output(0))?,
                };
                (clamp.0 as f32, clamp.1 as f32)
            }
        };
        let (rows, columns) = (self.rows.size.min(height), self.columns.size.min(width));
        let elements = if channels.is_multiple_of(QUAD_ELEMENTS) {
            1
        } else {
            QUAD_ELEMENTS
        };
        check::iterations(elements * rows * (columns + 1))?;
        let params = Pool2dParams {
            length: word(output.elements())?,
            channels: word(channels)?,
            input_height: word(height)?,
            input_width: word(width)?,
            output_height: word(output_height)?,
            output_width: word(output_width)?,
            filter_height: word(self.rows.size)?,
            filter_width: word(self.columns.size)?,
            stride_height: word(self.rows.stride)?,
            stride_width: word(self.columns.stride)?,
            pad_top: word(vertical.padding_before)?,
            pad_left: word(horizontal.padding_before)?,
            activation_min,
            activation_max,
        };
        Ok((params, kernel))
    }

    fn lower(
        &self,
        (params, kernel): (Pool2dParams, &'static Kernel),
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let (input, output) = lowering.same_element(node, params.length as usize)?;
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants: vec![("quads", params.channels.is_multiple_of(QUAD).into())],
            params: params.bytes(),
            output,
            operands: vec![(Role::Input, input)],
            workgroups: line(params.length.div_ceil(QUAD) as usize, 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        match self.kind {
            PoolKind::Average | PoolKind::L2 | PoolKind::Max => {
                Effect::WITHIN.clamped(self.activation)
            }
        }
    }
}
