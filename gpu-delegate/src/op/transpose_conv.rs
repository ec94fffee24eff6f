//! TRANSPOSE_CONV: a convolution that walks backwards over an image whose rows and columns are spread.

use demilite_core::op::{TransposeConv, nhwc};
use demilite_core::{NodeContext, OpError, Reject};
use demilite_shaders::Element;
use demilite_shaders::table::Conv2dParams;

use super::GpuOp;
use super::check::{self, Numbers, rule};
use super::dynamic_range::{self, DynamicRange, RowArithmetic};
use super::integer_product::{IntegerProduct, Quantities};
use super::matrix_product::{Operands, Product};
use super::output_stage::Factors;
use super::quantized;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

const OPERANDS: Operands = Operands {
    input: TransposeConv::IMAGE,
    bias: TransposeConv::BIAS,
};

/// A convolution that walks backwards.
pub(super) struct Backwards {
    /// Height, width and channels.
    pub(super) image: [usize; 3],
    /// Size and stride of the windows along height and width.
    pub(super) windows: [[usize; 2]; 2],
    /// Rows and columns that are cut off before the output.
    pub(super) padding: [usize; 2],
    /// `[N,H,W,C]`.
    pub(super) output: [usize; 4],
    /// The interval of the fused activation.
    pub(super) clamp: (f32, f32),
}

/// The convolution from the spread image to the output.
pub(super) fn sizes(backwards: Backwards) -> Conv2dParams {
    let [height, width, channels] = backwards.image;
    let [rows, columns] = backwards.windows;
    let [batch, output_height, output_width, outputs] = backwards.output;
    // An output takes the filter's row fy from the image's row (y + padding - fy) / stride.
    let negated = |value: usize| (value as u32).wrapping_neg();
    Conv2dParams {
        input_height: height as u32,
        input_width: width as u32,
        input_channels: channels as u32,
        filter_height: rows[0] as u32,
        filter_width: columns[0] as u32,
        filter_channels: channels as u32,
        output_height: output_height as u32,
        output_width: output_width as u32,
        output_channels: outputs as u32,
        group_channels: outputs as u32,
        positions: (batch * output_height * output_width) as u32,
        stride_height: 1,
        stride_width: 1,
        dilation_height: negated(1),
        dilation_width: negated(1),
        pad_top: negated(backwards.padding[0]),
        pad_left: negated(backwards.padding[1]),
        spread_height: rows[1] as u32,
        spread_width: columns[1] as u32,
        activation_min: backwards.clamp.0,
        activation_max: backwards.clamp.1,
    }
}

impl GpuOp for TransposeConv {
    type Plan = Product;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<Product, Reject> {
        let shape = |error| rule(OpError::Shape(error));
        let numbers = check::numbers(node)?;
        let image = check::data(node, OPERANDS.input, numbers, context)?;
        let [_, height, width, channels] = nhwc(image, "image").map_err(shape)?;
        let filter = nhwc(node.shape(1).map_err(rule)?, "filter").map_err(shape)?;
        let [batch, output_height, output_width, outputs] =
            nhwc(check::output(node, context)?, "output").map_err(shape)?;
        let [rows, columns] = self.windows(filter);
        let vertical = rows.place(output_height, self.padding).map_err(shape)?;
        let horizontal = columns.place(output_width, self.padding).map_err(shape)?;
        let (activation_min, activation_max) = check::float_range(self.activation)?;
        let sizes = sizes(Backwards {
            image: [height, width, channels],
            windows: [rows, columns].map(|window| [window.size, window.stride]),
            padding: [vertical.padding_before, horizontal.padding_before],
            output: [batch, output_height, output_width, outputs],
            clamp: (activation_min, activation_max),
        });
        match numbers {
            Numbers::Float if dynamic_range::is_dynamic_range(node) => {
                let scales = dynamic_range::filter_scales(node, outputs, 0)?;
                let arithmetic = RowArithmetic {
                    rows: batch,
                    symmetric: false,
                    together: false,
                };
                let clamp = (activation_min, activation_max);
                let range = DynamicRange::new(node, OPERANDS, arithmetic, &scales, clamp, context)?;
                Product::dynamic_range(sizes, Element::I8, range, context)
            }
            Numbers::Float => {
                let (_, element) = check::weights(node, 1, context)?;
                check::bias(node, OPERANDS.bias, context)?;
                Product::float(sizes, element, OPERANDS, context)
            }
            Numbers::Quantized(element) => {
                let multipliers = quantized::channel_multipliers(node, OPERANDS.input, outputs, 0)?;
                let filter = node.required(1).map_err(rule)?;
                let quantities = Quantities {
                    element,
                    filter_zero_point: quantized::filter_zero_point(filter)?,
                    bias_type: self.quantized_bias_type,
                    clamp: quantized::clamp(self.activation, node.output(0))?,
                    factors: Factors::FixedPoint(multipliers),
                };
                let product = IntegerProduct::new(sizes, quantities, OPERANDS, node, context)?;
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
}
