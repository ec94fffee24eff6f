//! FULLY_CONNECTED: a 1x1 convolution of a picture that is one row of pixels.

use demilite_core::op::FullyConnected;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::Conv2dParams;

use super::matrix_product::MatrixProduct;
use super::{GpuOp, check};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

impl GpuOp for FullyConnected {
    type Plan = MatrixProduct;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<MatrixProduct, Reject> {
        if self.weights_format != 0 {
            return Err(Reject::unsupported("the weights are shuffled"));
        }
        let input = check::input(node, 0, context)?;
        let (weights, element) = check::weights(node, 1, context)?;
        let &[outputs, depth] = &weights[..] else {
            return Err(Reject::invalid("the weights have not two dimensions"));
        };
        check::bias(node, 2, context)?;
        check::output(node, context)?;
        let (activation_min, activation_max) = check::range(self.activation)?;
        let rows = (input.elements() / depth) as u32;
        let params = Conv2dParams {
            input_height: 1,
            input_width: rows,
            input_channels: depth as u32,
            filter_height: 1,
            filter_width: 1,
            filter_channels: depth as u32,
            output_height: 1,
            output_width: rows,
            output_channels: outputs as u32,
            group_channels: outputs as u32,
            positions: rows,
            stride_height: 1,
            stride_width: 1,
            dilation_height: 1,
            dilation_width: 1,
            pad_top: 0,
            pad_left: 0,
            activation_min,
            activation_max,
        };
        MatrixProduct::new(params, element, context)
    }

    fn lower(
        &self,
        plan: MatrixProduct,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }
}
