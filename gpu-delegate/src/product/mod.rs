//! Products of matrices, which convolutions and layers of weights are.

pub(crate) mod backwards;
pub(crate) mod blockwise;
pub(crate) mod convolution;
pub(crate) mod dynamic_range;
pub(crate) mod float;
pub(crate) mod integer;
pub(crate) mod kernel;
pub(crate) mod operands;
pub(crate) mod output_stage;
pub(crate) mod parts;
pub(crate) mod zero_padding;

use demilite_core::{NodeContext, Reject};
use demilite_shaders::Element;
use demilite_shaders::table::Conv2dParams;

use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use blockwise::BlockwiseProduct;
use dynamic_range::{DynamicRange, UNCLAMPED};
use float::MatrixProduct;
use integer::IntegerProduct;
use operands::Operands;
use parts::ProductParts;
use zero_padding::ZeroPadding;

/// A product of what a node's tensors hold.
pub(crate) enum Product {
    /// Of floats.
    Float(ProductParts),
    /// Of floats with weights that are computed.
    Computed(MatrixProduct),
    /// Of quantized integers.
    Integer(IntegerProduct),
    /// Of floats that are quantized on the way with weights that are integers.
    DynamicRange(ProductParts, DynamicRange),
    /// The same with a scale for each block of the weights.
    Blockwise(BlockwiseProduct, DynamicRange),
}

impl Product {
    /// A product with weights that are floats, by the sizes of its convolution.
    pub(crate) fn float(
        sizes: Conv2dParams,
        filter: Element,
        operands: Operands,
        device: &Device,
    ) -> Result<Self, Reject> {
        ProductParts::new(sizes, filter, operands, device).map(Product::Float)
    }

    /// A product with weights that are signed bytes, by the sizes of its convolution.
    pub(crate) fn dynamic_range(
        sizes: Conv2dParams,
        range: DynamicRange,
        device: &Device,
    ) -> Result<Self, Reject> {
        let (activation_min, activation_max) = UNCLAMPED;
        let sizes = Conv2dParams {
            activation_min,
            activation_max,
            ..sizes
        };
        let product = ProductParts::new(sizes, Element::I8, Operands::FIRST, device)?;
        Ok(Product::DynamicRange(product, range))
    }

    /// Whether the padding around input 0 folds into the kernel.
    pub(crate) fn folds(&self) -> bool {
        match self {
            Product::Float(product) => product.folds(),
            Product::Computed(product) => product.folds(),
            Product::Integer(product) => product.folds(),
            // Rows are quantized with their padding.
            Product::DynamicRange(..) | Product::Blockwise(..) => false,
        }
    }

    /// Folds that padding into the kernel.
    pub(crate) fn fold(&mut self, padding: ZeroPadding) {
        match self {
            Product::Float(product) => product.fold(padding),
            Product::Computed(product) => product.fold(padding),
            Product::Integer(product) => product.fold(padding),
            Product::DynamicRange(..) | Product::Blockwise(..) => {}
        }
    }

    /// Adds the dispatch.
    pub(crate) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        match self {
            Product::Float(product) => product.lower(node, lowering),
            Product::Computed(product) => product.lower(node, lowering),
            Product::Integer(product) => product.lower(node, lowering),
            Product::DynamicRange(product, range) => {
                range.lower(node, lowering, |input, output, lowering| {
                    product.dispatch(node, input, false, output, lowering)
                })
            }
            Product::Blockwise(product, range) => {
                range.lower(node, lowering, |input, output, lowering| {
                    product.dispatch(node, input, output, lowering)
                })
            }
        }
    }
}
