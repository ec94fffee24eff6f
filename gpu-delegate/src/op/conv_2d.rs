//! CONV_2D, also grouped and dilated.

use demilite_core::op::{Conv2d, nhwc};
use demilite_core::quantization::layer;
use demilite_core::{NodeContext, OpError, Reject};
use demilite_shaders::Element;
use demilite_shaders::table::Conv2dParams;

use super::GpuOp;
use crate::device::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers, rule};
use crate::product::dynamic_range::{self, DynamicRange, RowArithmetic};
use crate::product::float::{Operands, Product};
use crate::product::integer::{IntegerProduct, Quantities};
use crate::product::output_stage::Factors;
use crate::product::zero_padding::ZeroPadding;

impl GpuOp for Conv2d {
    type Plan = Product;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<Product, Reject> {
        let shape = |error| rule(OpError::Shape(error));
        let numbers = check::numbers(node)?;
        let image = check::data(node, 0, numbers, context)?;
        let [_, height, width, channels] = nhwc(image, "image").map_err(shape)?;
        let filter = nhwc(node.shape(1).map_err(rule)?, "filter").map_err(shape)?;
        let [batch, output_height, output_width, outputs] =
            nhwc(check::output(node, context)?, "output").map_err(shape)?;
        let [rows, columns] = self.windows(filter);
        let vertical = rows.place(height, self.padding).map_err(shape)?;
        let horizontal = columns.place(width, self.padding).map_err(shape)?;
        let (activation_min, activation_max) = check::float_range(self.activation)?;
        let sizes = Conv2dParams {
            input_height: height as u32,
            input_width: width as u32,
            input_channels: channels as u32,
            filter_height: rows.size as u32,
            filter_width: columns.size as u32,
            filter_channels: filter[3] as u32,
            output_height: output_height as u32,
            output_width: output_width as u32,
            output_channels: outputs as u32,
            group_channels: (outputs / (channels / filter[3])) as u32,
            positions: (batch * output_height * output_width) as u32,
            stride_height: rows.stride as u32,
            stride_width: columns.stride as u32,
            dilation_height: rows.dilation as u32,
            dilation_width: columns.dilation as u32,
            pad_top: vertical.padding_before as u32,
            pad_left: horizontal.padding_before as u32,
            spread_height: 1,
            spread_width: 1,
            activation_min,
            activation_max,
        };
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
                    DynamicRange::new(node, Operands::FIRST, arithmetic, &scales, clamp, context)?;
                Product::dynamic_range(sizes, Element::I8, range, context)
            }
            Numbers::Float => {
                let (_, element) = check::weights(node, 1, context)?;
                check::bias(node, 2, context)?;
                Product::float(sizes, element, Operands::FIRST, context)
            }
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
                    IntegerProduct::new(sizes, quantities, Operands::FIRST, node, context)?;
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

    fn fold(&self, plan: &mut Product, padding: ZeroPadding) -> bool {
        plan.fold(padding)
    }

    fn takes_steps(&self, plan: &Product) -> bool {
        matches!(plan, Product::Float(_) | Product::Computed(_))
    }
}
