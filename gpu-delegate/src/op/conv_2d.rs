//! CONV_2D, also grouped and dilated.

use demilite_core::op::{Conv2d, nhwc};
use demilite_core::quantization::layer;
use demilite_core::{NodeContext, OpError, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers, rule};
use crate::node::effect::Effect;
use crate::product::Product;
use crate::product::convolution::Convolution;
use crate::product::dynamic_range::{self, DynamicRange, RowArithmetic};
use crate::product::integer::{IntegerProduct, Quantities};
use crate::product::operands::Operands;
use crate::product::output_stage::Factors;
use crate::product::zero_padding::ZeroPadding;

impl GpuOp for Conv2d {
    type Plan = Product;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Product, Reject> {
        let shape = |error| rule(OpError::Shape(error));
        let numbers = check::numbers(node)?;
        let image = check::data(node, 0, numbers, device)?;
        let [_, height, width, channels] = nhwc(image, "image").map_err(shape)?;
        let filter = nhwc(node.shape(1).map_err(rule)?, "filter").map_err(shape)?;
        let [batch, output_height, output_width, outputs] =
            nhwc(check::output(node, device)?, "output").map_err(shape)?;
        let [rows, columns] = self.windows(filter);
        let vertical = rows.place(height, self.padding).map_err(shape)?;
        let horizontal = columns.place(width, self.padding).map_err(shape)?;
        let (activation_min, activation_max) = check::float_range(self.activation)?;
        let windows = [rows, columns];
        let sizes = Convolution {
            image: [height, width, channels],
            filter: [rows.size, columns.size, filter[3]],
            output: [batch, output_height, output_width, outputs],
            group_channels: outputs / (channels / filter[3]),
            stride: windows.map(|window| window.stride),
            dilation: windows.map(|window| window.dilation as isize),
            padding: [vertical, horizontal].map(|place| place.padding_before as isize),
            spread: [1, 1],
            clamp: (activation_min, activation_max),
        };
        let sizes = sizes.params()?;
        match numbers {
            Numbers::Float if dynamic_range::is_dynamic_range(node) => {
                let scales = dynamic_range::filter_scales(node, outputs, 0)?;
                // Groups have an arithmetic of their own only per channel.
                let is_per_tensor =
                    channels == filter[3] && scales.windows(2).all(|pair| pair[0] == pair[1]);
                let arithmetic = RowArithmetic {
                    rows: batch,
                    symmetric: is_per_tensor,
                    together: is_per_tensor,
                };
                let clamp = (activation_min, activation_max);
                let range =
                    DynamicRange::new(node, Operands::FIRST, arithmetic, &scales, clamp, device)?;
                Product::dynamic_range(sizes, range, device)
            }
            Numbers::Float => {
                let (_, element) = check::weights(node, 1, device)?;
                check::bias(node, 2, device)?;
                Product::float(sizes, element, Operands::FIRST, device)
            }
            Numbers::Half => Err(check::no_kernel(node)),
            Numbers::Quantized(element) => {
                let multipliers = layer::channel_multipliers(node, 0, outputs, 0)?;
                let quantities = Quantities {
                    element,
                    filter_zero_point: layer::filter_zero_point(node.required(1).map_err(rule)?)?,
                    bias_type: self.quantized_bias_type,
                    clamp: layer::quantized_clamp(self.activation, node.output(0))?,
                    factors: Factors::FixedPoint(multipliers),
                };
                let product =
                    IntegerProduct::new(sizes, quantities, Operands::FIRST, node, device)?;
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

    fn folds(&self, plan: &Product) -> bool {
        plan.folds()
    }

    fn fold(&self, plan: &mut Product, padding: ZeroPadding) {
        plan.fold(padding);
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
