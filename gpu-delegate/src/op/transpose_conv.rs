//! TRANSPOSE_CONV: a convolution that walks backwards over an image whose rows and columns are spread.

use demilite_core::op::{TransposeConv, nhwc};
use demilite_core::quantization::layer;
use demilite_core::{NodeContext, OpError, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers, rule};
use crate::node::effect::Effect;
use crate::product::Product;
use crate::product::backwards::Backwards;
use crate::product::dynamic_range::{self, DynamicRange, RowArithmetic};
use crate::product::integer::{IntegerProduct, Quantities};
use crate::product::operands::Operands;
use crate::product::output_stage::Factors;

const OPERANDS: Operands = Operands {
    input: TransposeConv::IMAGE,
    bias: TransposeConv::BIAS,
};

impl GpuOp for TransposeConv {
    type Plan = Product;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Product, Reject> {
        let shape = |error| rule(OpError::Shape(error));
        let numbers = check::numbers(node)?;
        let image = check::data(node, OPERANDS.input, numbers, device)?;
        let [_, height, width, channels] = nhwc(image, "image").map_err(shape)?;
        let filter = nhwc(node.shape(1).map_err(rule)?, "filter").map_err(shape)?;
        let [batch, output_height, output_width, outputs] =
            nhwc(check::output(node, device)?, "output").map_err(shape)?;
        let [rows, columns] = self.windows(filter);
        let vertical = rows.place(output_height, self.padding).map_err(shape)?;
        let horizontal = columns.place(output_width, self.padding).map_err(shape)?;
        let (activation_min, activation_max) = check::float_range(self.activation)?;
        let sizes = Backwards {
            image: [height, width, channels],
            windows: [rows, columns].map(|window| [window.size, window.stride]),
            padding: [vertical.padding_before, horizontal.padding_before],
            output: [batch, output_height, output_width, outputs],
            clamp: (activation_min, activation_max),
        };
        let sizes = sizes.convolution().params()?;
        match numbers {
            Numbers::Float if dynamic_range::is_dynamic_range(node) => {
                let scales = dynamic_range::filter_scales(node, outputs, 0)?;
                let arithmetic = RowArithmetic {
                    rows: batch,
                    symmetric: false,
                    together: false,
                };
                let clamp = (activation_min, activation_max);
                let range = DynamicRange::new(node, OPERANDS, arithmetic, &scales, clamp, device)?;
                Product::dynamic_range(sizes, range, device)
            }
            Numbers::Float => {
                let (_, element) = check::weights(node, 1, device)?;
                check::bias(node, OPERANDS.bias, device)?;
                Product::float(sizes, element, OPERANDS, device)
            }
            Numbers::Half => Err(check::no_kernel(node)),
            Numbers::Quantized(element) => {
                let multipliers = layer::channel_multipliers(node, OPERANDS.input, outputs, 0)?;
                let filter = node.required(1).map_err(rule)?;
                let quantities = Quantities {
                    element,
                    filter_zero_point: layer::filter_zero_point(filter)?,
                    bias_type: self.quantized_bias_type,
                    clamp: layer::quantized_clamp(self.activation, node.output(0))?,
                    factors: Factors::FixedPoint(multipliers),
                };
                let product = IntegerProduct::new(sizes, quantities, OPERANDS, node, device)?;
                Ok(Product::Integer(product))
            }
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

    fn takes_steps(&self, plan: &Product) -> bool {
        matches!(plan, Product::Float(_) | Product::Computed(_))
    }

    fn takes_sum(&self, plan: &Product) -> bool {
        matches!(plan, Product::Integer(_))
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::LAYER.clamped(self.activation)
    }
}
