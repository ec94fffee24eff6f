//! Ops outside the schema, by their names.

mod convolution_2d_transpose_bias;

use demilite_core::op::CustomOp;
use demilite_core::{NodeContext, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::effect::Effect;
use crate::product::Product;

impl GpuOp for CustomOp {
    type Plan = Product;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Product, Reject> {
        match self.name.as_str() {
            "Convolution2DTransposeBias" => {
                convolution_2d_transpose_bias::plan(&self.options, node, device)
            }
            name => Err(Reject::unsupported(format!(
                "there is no GPU kernel for {name}"
            ))),
        }
    }

    fn lower(
        &self,
        plan: Product,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::LAYER
    }
}
