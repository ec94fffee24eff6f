//! The matrix products behind CONV_2D and FULLY_CONNECTED.

use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, Conv2dParams, MatrixVectorParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::check;
use super::integer_product::IntegerProduct;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::Dispatch;
use crate::weight_layout::WeightLayout;

/// Up to so many rows a product is split along its depth.
const FEW_ROWS: u32 = 3;
/// Invocations that share a sum of [`table::MATRIX_VECTOR`].
const SLICES: u32 = 8;
/// Quads of output channels of its workgroups.
const VECTOR_QUADS: u32 = 8;
/// Invocations of a workgroup of [`table::CONV_2D`] along channels and along positions.
const WORKGROUP: [u32; 2] = [8, 8];

/// A product of what a node's tensors hold.
pub(super) enum Product {
    /// Of floats.
    Float(MatrixProduct),
    /// Of quantized integers.
    Integer(IntegerProduct),
}

impl Product {
    /// Adds the dispatch, with the input, filter and bias of inputs 0, 1 and 2.
    pub(super) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        match self {
            Product::Float(product) => product.lower(node, lowering),
            Product::Integer(product) => product.lower(node, lowering),
        }
    }
}

/// A product of floats, by the sizes of its convolution.
pub(super) struct MatrixProduct {
    params: Conv2dParams,
    layout: WeightLayout,
}

impl MatrixProduct {
    /// Checks a product, whose filter has the element `filter`, against what the kernels can do.
    pub(super) fn new(
        params: Conv2dParams,
        filter: Element,
        context: &GpuContext,
    ) -> Result<Self, Reject> {
        let layout = WeightLayout::Matrix {
            outputs: params.output_channels as usize,
            taps: (params.filter_height * params.filter_width) as usize,
            inputs: params.filter_channels as usize,
        };
        check::binding("the filter", layout.elements(0), filter, context)?;
        let product = MatrixProduct { params, layout };
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

    fn is_vector(&self) -> bool {
        let p = &self.params;
        p.positions <= FEW_ROWS
            && [
                p.filter_height,
                p.filter_width,
                p.stride_height,
                p.stride_width,
            ] == [1; 4]
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
        let p = &self.params;
        let outputs = p.output_channels as usize;
        let input = lowering.input(node, 0)?;
        let weights = lowering.weights(node, 1, self.layout)?;
        let bias = lowering.bias(node, 2, outputs)?;
        let output = lowering.output(node, 0, p.positions as usize * outputs)?;
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
            let sizes = [
                ("workgroup_quads", VECTOR_QUADS),
                ("workgroup_slices", SLICES),
            ];
            (&table::MATRIX_VECTOR, sizes, params.bytes())
        } else {
            let sizes = [
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
