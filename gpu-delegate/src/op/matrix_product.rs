//! The matrix products behind CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED.

use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, Conv2dParams, MatrixVectorParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::channel_parts::ProductParts;
use super::check::{self, Moved};
use super::dynamic_range::{DynamicRange, UNCLAMPED};
use super::integer_product::IntegerProduct;
use super::pad::Border;
use super::take::Places;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, Storage};
use crate::weight_layout::{Channels, WeightLayout};

/// Up to so many rows a product is split along its depth.
const FEW_ROWS: u32 = 3;
/// Invocations that share a sum of [`table::MATRIX_VECTOR`].
const SLICES: u32 = 8;
/// Quads of output channels of its workgroups.
const VECTOR_QUADS: u32 = 8;
/// Invocations of a workgroup of [`table::CONV_2D`] along channels and along positions.
const WORKGROUP: [u32; 2] = [8, 8];

/// The places of a node's operands among its inputs; the filter is always input 1.
#[derive(Clone, Copy)]
pub(super) struct Operands {
    /// Of what the filter is multiplied with.
    pub(super) input: usize,
    /// Of the bias, which may be absent.
    pub(super) bias: usize,
}

impl Operands {
    /// Input, filter and bias, in this order.
    pub(super) const FIRST: Operands = Operands { input: 0, bias: 2 };
}

/// A product of what a node's tensors hold.
pub(super) enum Product {
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
    pub(super) fn float(
        sizes: Conv2dParams,
        filter: Element,
        operands: Operands,
        context: &GpuContext,
    ) -> Result<Self, Reject> {
        ProductParts::new(sizes, filter, operands, context).map(Product::Float)
    }

    /// A product with weights that are signed bytes, by the sizes of its convolution.
    pub(super) fn dynamic_range(
        sizes: Conv2dParams,
        range: DynamicRange,
        context: &GpuContext,
    ) -> Result<Self, Reject> {
        let (activation_min, activation_max) = UNCLAMPED;
        let sizes = Conv2dParams {
            activation_min,
            activation_max,
            ..sizes
        };
        let product = ProductParts::new(sizes, Element::I8, Operands::FIRST, context)?;
        Ok(Product::DynamicRange(product, range))
    }

    /// Has positions outside of the picture stand for a border around it; whether they can.
    pub(super) fn fold(&mut self, border: Border) -> bool {
        match self {
            Product::Float(product) => product.fold(border),
            Product::Computed(product) => product.fold(border),
            Product::Integer(product) => product.fold(border),
            // Rows are quantized with their border.
            Product::DynamicRange(..) => false,
        }
    }

    /// Adds the dispatch.
    pub(super) fn lower(
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
pub(super) struct MatrixProduct {
    params: Conv2dParams,
    operands: Operands,
    layout: WeightLayout,
    /// From weights that are computed to their layout, if they are.
    computed: Option<Places>,
}

impl MatrixProduct {
    /// How the filter lies.
    pub(super) fn layout(params: &Conv2dParams) -> WeightLayout {
        WeightLayout::Matrix {
            outputs: params.output_channels as usize,
            taps: (params.filter_height * params.filter_width) as usize,
            inputs: params.filter_channels as usize,
        }
    }

    /// How the filter lies.
    pub(super) fn weights(&self) -> WeightLayout {
        self.layout
    }

    /// Checks a product, whose filter has the element `filter`, against what the kernels can do.
    pub(super) fn new(
        params: Conv2dParams,
        filter: Element,
        operands: Operands,
        context: &GpuContext,
    ) -> Result<Self, Reject> {
        let layout = MatrixProduct::layout(&params);
        check::binding("the filter", layout.elements(0), filter, context)?;
        let product = MatrixProduct {
            params,
            operands,
            layout,
            computed: None,
        };
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
        let quads = params.filter_channels.div_ceil(QUAD_ELEMENTS as u32) as usize;
        if product.is_vector() {
            check::iterations(quads.div_ceil(SLICES as usize) + SLICES as usize)?;
        } else {
            // Each step along the depth loops over the positions of the invocation's block.
            let block = table::CONV_2D_POSITIONS as usize + 1;
            let taps = (params.filter_height * params.filter_width) as usize;
            check::iterations((taps * (quads + 1) + params.filter_height as usize + 3) * block)?;
        }
        product.workgroups()?;
        Ok(product)
    }

    /// The same product with weights `[output channel][input channel]` that are computed.
    pub(super) fn with_computed_weights(self) -> Result<Self, Reject> {
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

    /// Has positions outside of the picture stand for a border around it; whether they can.
    pub(super) fn fold(&mut self, border: Border) -> bool {
        let p = &mut self.params;
        // A filter of one tap may be multiplied without a look at where it lies.
        let folds = p.filter_height * p.filter_width != 1;
        if folds {
            let (height, width) = (&mut p.input_height, &mut p.input_width);
            border.fold(height, width, &mut p.pad_top, &mut p.pad_left);
        }
        folds
    }

    fn is_vector(&self) -> bool {
        let p = &self.params;
        p.positions <= FEW_ROWS
            && [
                p.filter_height,
                p.filter_width,
                p.stride_height,
                p.stride_width,
                p.spread_height,
                p.spread_width,
            ] == [1; 6]
            && p.group_channels == p.output_channels
    }

    fn workgroups(&self) -> Result<[u32; 3], Reject> {
        let p = &self.params;
        let (channels, positions) = if self.is_vector() {
            (VECTOR_QUADS * QUAD_ELEMENTS as u32, 1)
        } else {
            (
                WORKGROUP[0] * table::CONV_2D_CHANNELS,
                WORKGROUP[1] * table::CONV_2D_POSITIONS,
            )
        };
        let x = check::workgroups(p.output_channels.div_ceil(channels) as usize)?;
        let y = check::workgroups(p.positions.div_ceil(positions) as usize)?;
        Ok([x, y, 1])
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
    pub(super) fn outputs(&self) -> usize {
        self.params.output_channels as usize
    }

    /// Output positions.
    pub(super) fn positions(&self) -> usize {
        self.params.positions as usize
    }

    /// Elements of the output.
    pub(super) fn elements(&self) -> usize {
        self.params.positions as usize * self.outputs()
    }

    /// Adds the dispatch over input, weights and bias.
    pub(super) fn dispatch(
        &self,
        [input, weights, bias]: [Storage; 3],
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let p = &self.params;
        let is_quads = |count: u32| count.is_multiple_of(QUAD_ELEMENTS as u32);
        let input_quads = is_quads(p.input_channels) && is_quads(p.filter_channels);
        let rows = if is_quads(p.output_channels) || p.positions == 1 {
            Rows::Aligned
        } else {
            Rows::Scattered
        };
        let (kernel, sizes, params) = if self.is_vector() {
            let params = MatrixVectorParams {
                rows: p.positions,
                depth: p.filter_channels,
                output_channels: p.output_channels,
                activation_min: p.activation_min,
                activation_max: p.activation_max,
            };
            let sizes = vec![
                ("workgroup_quads", VECTOR_QUADS),
                ("workgroup_slices", SLICES),
            ];
            (&table::MATRIX_VECTOR, sizes, params.bytes())
        } else {
            let sizes = vec![
                ("spread", (p.spread_height * p.spread_width != 1).into()),
                ("workgroup_channels", WORKGROUP[0]),
                ("workgroup_positions", WORKGROUP[1]),
            ];
            (&table::CONV_2D, sizes, p.bytes())
        };
        lowering.dispatch(Dispatch {
            kernel,
            rows,
            constants: [("input_quads", input_quads.into())]
                .into_iter()
                .chain(sizes)
                .collect(),
            params,
            output,
            operands: vec![
                (Role::Input, input),
                (Role::Weight, weights),
                (Role::Bias, bias),
            ],
            workgroups: self.workgroups()?,
        });
        Ok(())
    }
}
