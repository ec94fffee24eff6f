//! DEPTHWISE_CONV_2D.

use demilite_core::op::{DepthwiseConv2d, nhwc};
use demilite_core::{NodeContext, OpError, Reject};
use demilite_shaders::table::{self, DepthwiseConv2dParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use super::check::{self, rule};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, line};
use crate::weight_layout::WeightLayout;

/// Invocations of a workgroup of [`table::DEPTHWISE_CONV_2D`] along channels and along columns.
const WORKGROUP: [u32; 2] = [8, 8];

/// The sizes, and how many images there are.
pub(super) struct DepthwisePlan {
    params: DepthwiseConv2dParams,
    batch: usize,
}

impl DepthwisePlan {
    /// The rows of all images, which the kernel for whole quads has workgroups for.
    fn rows(&self) -> usize {
        self.batch * self.params.output_height as usize
    }

    fn is_quads(&self) -> bool {
        self.params.depth_multiplier == 1
            && self
                .params
                .output_channels
                .is_multiple_of(QUAD_ELEMENTS as u32)
            && self.rows() <= check::MAX_WORKGROUPS
    }
}

impl GpuOp for DepthwiseConv2d {
    type Plan = DepthwisePlan;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<DepthwisePlan, Reject> {
        let shape = |error| rule(OpError::Shape(error));
        let [_, height, width, channels] =
            nhwc(check::input(node, 0, context)?, "picture").map_err(shape)?;
        let (weights, element) = check::weights(node, 1, context)?;
        check::binding("the filter", weights.elements(), element, context)?;
        check::bias(node, 2, context)?;
        let output = check::output(node, context)?;
        let [batch, output_height, output_width, outputs] =
            nhwc(output, "output").map_err(shape)?;
        let [rows, columns] = self.windows(nhwc(weights, "filter").map_err(shape)?);
        let vertical = rows.place(height, self.padding).map_err(shape)?;
        let horizontal = columns.place(width, self.padding).map_err(shape)?;
        let (activation_min, activation_max) = check::range(self.activation)?;
        // Four elements one after the other, or a block of four columns.
        check::iterations(4 * (rows.size * (columns.size + 1) + 2))?;
        let params = DepthwiseConv2dParams {
            length: output.elements() as u32,
            input_height: height as u32,
            input_width: width as u32,
            input_channels: channels as u32,
            filter_height: rows.size as u32,
            filter_width: columns.size as u32,
            output_height: output_height as u32,
            output_width: output_width as u32,
            output_channels: outputs as u32,
            depth_multiplier: (outputs / channels) as u32,
            stride_height: rows.stride as u32,
            stride_width: columns.stride as u32,
            dilation_height: rows.dilation as u32,
            dilation_width: columns.dilation as u32,
            pad_top: vertical.padding_before as u32,
            pad_left: horizontal.padding_before as u32,
            activation_min,
            activation_max,
        };
        Ok(DepthwisePlan { params, batch })
    }

    fn lower(
        &self,
        plan: DepthwisePlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let p = &plan.params;
        let input = lowering.input(node, 0)?;
        let weights = lowering.weights(node, 1, WeightLayout::File)?;
        let bias = lowering.bias(node, 2, p.output_channels as usize)?;
        let output = lowering.output(node, 0, p.length as usize)?;
        let (kernel, constants, workgroups) = if plan.is_quads() {
            let [channels, columns] = WORKGROUP;
            let workgroups = [
                p.output_channels.div_ceil(channels * QUAD_ELEMENTS as u32),
                p.output_width.div_ceil(columns * table::DEPTHWISE_COLUMNS),
                plan.rows() as u32,
            ];
            let constants = vec![
                ("workgroup_channels", channels),
                ("workgroup_columns", columns),
            ];
            (&table::DEPTHWISE_CONV_2D, constants, workgroups)
        } else {
            let workgroups = line(p.length.div_ceil(QUAD_ELEMENTS as u32) as usize, 64);
            (
                &table::DEPTHWISE_CONV_2D_ANY,
                vec![("quads", 0)],
                workgroups,
            )
        };
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants,
            params: p.bytes(),
            output,
            operands: vec![
                (Role::Input, input),
                (Role::Weight, weights),
                (Role::Bias, bias),
            ],
            workgroups,
        });
        Ok(())
    }
}
