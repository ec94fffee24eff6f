//! FULLY_CONNECTED: a 1x1 convolution of an image that is one row of pixels.

use demilite_core::op::FullyConnected;
use demilite_core::quantization::layer;
use demilite_core::{Blockwise, DataType, NodeContext, Reject, Tensor, TensorId};
use demilite_shaders::Element;

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::constant::{float_constant, integers_behind_dequantize};
use crate::node::check::{self, Numbers, rule};
use crate::node::effect::{self, Effect};
use crate::product::Product;
use crate::product::blockwise::BlockwiseProduct;
use crate::product::convolution::Convolution;
use crate::product::dynamic_range::{self, DynamicRange, RowArithmetic};
use crate::product::float::MatrixProduct;
use crate::product::integer::{IntegerProduct, Quantities};
use crate::product::operands::Operands;
use crate::product::output_stage::Factors;

impl GpuOp for FullyConnected {
    type Plan = Product;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Product, Reject> {
        if self.weights_format != 0 {
            return Err(Reject::unsupported("the weights are shuffled"));
        }
        let numbers = check::numbers(node)?;
        let input = check::data(node, 0, numbers, device)?;
        let weights = node.shape(1).map_err(rule)?;
        let &[outputs, depth] = &weights[..] else {
            return Err(Reject::invalid("the weights do not have two dimensions"));
        };
        check::output(node, device)?;
        let (activation_min, activation_max) = check::float_range(self.activation)?;
        let rows = input.elements() / depth;
        let clamp = (activation_min, activation_max);
        let sizes = Convolution::of_rows(rows, depth, outputs, clamp).params()?;
        match numbers {
            Numbers::Float if dynamic_range::is_dynamic_range(node) => {
                let blocks = scaled_blocks(node)?;
                let scales = match blocks {
                    // Those of the blocks come before.
                    Some(_) => vec![1.0; outputs],
                    None => dynamic_range::filter_scales(node, outputs, 0)?,
                };
                let arithmetic = RowArithmetic {
                    rows,
                    symmetric: !self.asymmetric_quantize_inputs && blocks.is_none(),
                    together: true,
                };
                let range =
                    DynamicRange::new(node, Operands::FIRST, arithmetic, &scales, clamp, device)?;
                match blocks {
                    Some(blocks) => {
                        let product = BlockwiseProduct::new(&sizes, blocks, device)?;
                        Ok(Product::Blockwise(product, range))
                    }
                    None => Product::dynamic_range(sizes, range, device),
                }
            }
            Numbers::Float if is_computed(node) => {
                check::data(node, 1, Numbers::Float, device)?;
                check::bias(node, 2, device)?;
                let product = MatrixProduct::new(sizes, Element::F32, Operands::FIRST, device)?;
                product.with_computed_weights().map(Product::Computed)
            }
            Numbers::Float => {
                let (_, element) = check::weights(node, 1, device)?;
                check::bias(node, 2, device)?;
                Product::float(sizes, element, Operands::FIRST, device)
            }
            Numbers::Half => Err(check::no_kernel(node)),
            Numbers::Quantized(element) => {
                let filter = node.required(1).map_err(rule)?;
                let factors = match filter.sparsity {
                    Some(_) => {
                        Factors::FixedPoint(layer::channel_multipliers(node, 0, outputs, 0)?)
                    }
                    None => Factors::real(node, outputs)?,
                };
                let quantities = Quantities {
                    element,
                    filter_zero_point: filter_zero_point(filter)?,
                    bias_type: self.quantized_bias_type,
                    clamp: layer::quantized_clamp(self.activation, node.output(0))?,
                    factors,
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

    fn takes_steps(&self, plan: &Product) -> bool {
        matches!(plan, Product::Float(_) | Product::Computed(_))
    }

    fn takes_sum(&self, plan: &Product) -> bool {
        matches!(plan, Product::Integer(_))
    }

    fn effect(&self, node: &NodeContext<'_>, is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        effect::layer(node, is_bounded).clamped(self.activation)
    }
}

/// The blocks of the weights, where they are int4 numbers in blocks with scales of their own.
fn scaled_blocks<'a>(node: &NodeContext<'a>) -> Result<Option<&'a Blockwise>, Reject> {
    let weights = node.required(1).map_err(rule)?;
    match &weights.blocks {
        None => Ok(None),
        Some(blocks) if weights.dtype != DataType::Int4 || blocks.zero_points.is_some() => {
            Err(Reject::unsupported(format!(
                "blocks of {} with scales or zero points of their own",
                weights.dtype
            )))
        }
        Some(_) if weights.constant_view().is_none() => {
            Err(Reject::unsupported("input 1 is not a dense constant"))
        }
        blocks => Ok(blocks.as_ref()),
    }
}

/// Whether the weights are computed.
fn is_computed(node: &NodeContext<'_>) -> bool {
    let weights = node.input_id(1);
    let is_constant = |id| {
        node.graph().tensor(id).constant.is_some()
            || float_constant(node.graph(), id).is_some()
            || integers_behind_dequantize(node.graph(), id).is_some()
    };
    weights.is_some_and(|id| !is_constant(id))
}

/// The zero point of the weights: any where there is one scale for all of them.
fn filter_zero_point(weights: &Tensor) -> Result<i32, Reject> {
    let quantization = weights.quantization.as_ref();
    match quantization.is_some_and(|quantization| quantization.is_per_axis()) {
        true => layer::filter_zero_point(weights),
        false => Ok(layer::affine(weights)?.1),
    }
}
