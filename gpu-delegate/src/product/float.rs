//! The matrix products behind CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED.

use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, Conv2dParams};
use demilite_shaders::{Element, QUAD_ELEMENTS};

use super::dynamic_range::{DynamicRange, UNCLAMPED};
use super::integer::IntegerProduct;
use super::parts::ProductParts;
use super::zero_padding::ZeroPadding;
use crate::device::context::GpuContext;
use crate::device::tuning::ProductKernel;
use crate::lowering::{LowerError, Lowering};
use crate::memory::weight_layout::{Channels, WeightLayout};
use crate::movement::take::Places;
use crate::node::check::{self, Moved};
use crate::program::{Dispatch, Storage};

/// The places of a node's operands among its inputs; the filter is always input 1.
#[derive(Clone, Copy)]
pub(crate) struct Operands {
    /// Of what the filter is multiplied with.
    pub(crate) input: usize,
    /// Of the bias, which may be absent.
    pub(crate) bias: usize,
}

impl Operands {
    /// Input, filter and bias, in this order.
    pub(crate) const FIRST: Operands = Operands { input: 0, bias: 2 };
}

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
}

impl Product {
    /// A product with weights that are floats, by the sizes of its convolution.
    pub(crate) fn float(
        sizes: Conv2dParams,
        filter: Element,
        operands: Operands,
        context: &GpuContext,
    ) -> Result<Self, Reject> {
        ProductParts::new(sizes, filter, operands, context).map(Product::Float)
    }

    /// A product with weights that are signed bytes, by the sizes of its convolution.
    pub(crate) fn dynamic_range(
        sizes: Conv2dParams,
        filter: Element,
        range: DynamicRange,
        context: &GpuContext,
    ) -> Result<Self, Reject> {
        let (activation_min, activation_max) = UNCLAMPED;
        let sizes = Conv2dParams {
            activation_min,
            activation_max,
            ..sizes
        };
        let product = ProductParts::new(sizes, filter, Operands::FIRST, context)?;
        Ok(Product::DynamicRange(product, range))
    }

    /// Folds the padding around input 0 into the kernel; returns whether it can.
    pub(crate) fn fold(&mut self, padding: ZeroPadding) -> bool {
        match self {
            Product::Float(product) => product.fold(padding),
            Product::Computed(product) => product.fold(padding),
            Product::Integer(product) => product.fold(padding),
            // Rows are quantized with their padding.
            Product::DynamicRange(..) => false,
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
        }
    }
}

/// A product of floats, by the sizes of its convolution.
pub(crate) struct MatrixProduct {
    params: Conv2dParams,
    operands: Operands,
    layout: WeightLayout,
    /// From weights that are computed to their layout, if they are.
    computed: Option<Places>,
}

impl MatrixProduct {
    /// How the filter lies.
    pub(crate) fn layout(params: &Conv2dParams) -> WeightLayout {
        WeightLayout::Matrix {
            outputs: params.output_channels as usize,
            taps: (params.filter_height * params.filter_width) as usize,
            inputs: params.filter_channels as usize,
        }
    }

    /// How the filter lies.
    pub(crate) fn weights(&self) -> WeightLayout {
        self.layout
    }

    /// Checks a product, whose filter has the element `filter`, against what the kernels can do.
    pub(crate) fn new(
        params: Conv2dParams,
        filter: Element,
        operands: Operands,
        context: &GpuContext,
    ) -> Result<Self, Reject> {
        let layout = MatrixProduct::layout(&params);
        check::binding("the filter", layout.elements(0), filter, context)?;
        let is_grouped = params.group_channels != params.output_channels;
        if is_grouped
            && !params
                .group_channels
                .is_multiple_of(table::CONV_2D_CHANNELS)
        {
            return Err(Reject::unsupported(format!(
                "groups of {} output channels, which is no multiple of {}",
                params.group_channels,
                table::CONV_2D_CHANNELS
            )));
        }
        // A kernel for 32-bit floats leaves one for every element.
        kernel(&params, [Element::F32, filter], context)?;
        Ok(MatrixProduct {
            params,
            operands,
            layout,
            computed: None,
        })
    }

    /// The same product with weights `[output channel][input channel]` that are computed.
    pub(crate) fn with_computed_weights(self) -> Result<Self, Reject> {
        let (outputs, depth) = (self.outputs(), self.params.filter_channels as usize);
        let extents = [depth, outputs].map(|extent| extent.next_multiple_of(QUAD_ELEMENTS));
        let places = Places::new(&extents, Moved::Float, 0.0, |axis, index| match axis {
            0 => (index < depth).then_some(index),
            _ => (index < outputs).then_some(index * depth),
        })?;
        Ok(MatrixProduct {
            computed: Some(places),
            ..self
        })
    }

    /// Folds the padding around input 0 into the kernel; returns whether it can.
    pub(crate) fn fold(&mut self, padding: ZeroPadding) -> bool {
        let p = &mut self.params;
        // A filter of one tap may be multiplied without a look at where it lies.
        let folds = p.filter_height * p.filter_width != 1;
        if folds {
            let (height, width) = (&mut p.input_height, &mut p.input_width);
            padding.fold(height, width, &mut p.pad_top, &mut p.pad_left);
        }
        folds
    }

    fn lower(self, node: &NodeContext<'_>, lowering: &mut Lowering<'_>) -> Result<(), LowerError> {
        let input = lowering.input(node, self.operands.input)?;
        let weights = match &self.computed {
            Some(places) => places.taken(lowering.input(node, 1)?, lowering)?,
            None => lowering.weights(node, 1, self.layout)?,
        };
        let bias = lowering.bias(node, self.operands.bias, Channels::all(self.outputs()))?;
        let output = lowering.output(node, 0, self.elements())?;
        self.dispatch([input, weights, bias], output, lowering)
    }

    /// Output channels.
    pub(crate) fn outputs(&self) -> usize {
        self.params.output_channels as usize
    }

    /// Pixels of the input, and the channels of each.
    pub(crate) fn input_extents(&self) -> [usize; 2] {
        let p = &self.params;
        let images = p.positions / (p.output_height * p.output_width);
        let pixels = images * p.input_height * p.input_width;
        [pixels as usize, p.input_channels as usize]
    }

    /// Output positions.
    pub(crate) fn positions(&self) -> usize {
        self.params.positions as usize
    }

    /// Elements of the output.
    pub(crate) fn elements(&self) -> usize {
        self.params.positions as usize * self.outputs()
    }

    /// Adds the dispatch over input, weights and bias.
    pub(crate) fn dispatch(
        &self,
        [input, weights, bias]: [Storage; 3],
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let elements = [input, weights].map(|operand| lowering.element(operand));
        let (kernel, workgroups) = kernel(&self.params, elements, lowering.context())?;
        let dispatch = kernel.dispatch(&self.params, [input, weights, bias], output);
        lowering.dispatch(Dispatch {
            workgroups,
            ..dispatch
        });
        Ok(())
    }
}

/// The kernel of a product whose input and filter have these elements, and its workgroups.
fn kernel(
    params: &Conv2dParams,
    elements: [Element; 2],
    context: &GpuContext,
) -> Result<(ProductKernel, [u32; 3]), Reject> {
    let workgroups = |kernel: ProductKernel| -> Result<[u32; 3], Reject> {
        check::iterations(kernel.iterations(params))?;
        let [x, y, z] = kernel.workgroups(params).map(check::workgroups);
        Ok([x?, y?, z?])
    };
    let can = |kernel| workgroups(kernel).is_ok();
    let kernel = context.tuning().kernel(params, elements, can);
    Ok((kernel, workgroups(kernel)?))
}
