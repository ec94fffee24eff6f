//! Layers of floats.

use std::ops::Range;

use demilite_core::geometry::Window;
use demilite_core::op::Activation;
use demilite_core::{DataType, Graph, NodeContext, Op, OpError, Reject, View};
use demilite_executor::{KernelIo, Unprepared};

use super::packed::{Layer, PackedLayer};
use crate::layers::bands::{BandLayer, Held};
use crate::layers::float_clamp;
use crate::machine::Machine;
use crate::product::float::{FloatProduct, Rounding};
use crate::product::geometry::Geometry;
use crate::product::layout::Layout;
use crate::product::operands::Operands;
use crate::sparse::{self, SparseProduct};

/// A layer of floats.
pub(crate) struct FloatLayer {
    geometry: Geometry,
    layout: Layout,
    clamp: (f32, f32),
    rounding: Rounding,
    border: Vec<u8>,
    machine: Machine,
}

impl FloatLayer {
    /// Makes a layer ready.
    pub(crate) fn prepare(
        geometry: Geometry,
        activation: Activation,
        node: &NodeContext<'_>,
        machine: Machine,
    ) -> Result<PackedLayer<Self>, Unprepared> {
        let border = vec![0; geometry.depth() * size_of::<f32>()];
        let layer = FloatLayer {
            layout: geometry.layout(size_of::<f32>(), 1, 0),
            geometry,
            clamp: float_clamp(activation)?,
            rounding: rounding(node.graph()),
            border,
            machine,
        };
        Ok(PackedLayer::new(layer, node.input(2).is_some()))
    }

    /// Whether so many of the weights are zero that the others alone are multiplied.
    fn is_sparse(&self, weights: &[f32]) -> bool {
        let (window, channels) = (&self.geometry.window, self.geometry.output_channels);
        let is_matrix = window.is_pointwise() && self.geometry.groups == 1;
        is_matrix && sparse::pays(weights, channels, window.outputs(), self.machine.set)
    }

    fn operands<'a>(&'a self, bytes: &'a [u8]) -> Operands<'a> {
        Operands {
            bytes,
            border: &self.border,
            layout: self.layout,
        }
    }
}

/// Whether floats of a graph are quantized at run time. One bit more or less in a float is a whole step there, and the graph's
/// bytes are the reference's only where all of them are.
fn quantizes_floats(graph: &Graph) -> bool {
    graph.nodes().iter().any(|node| {
        let dtype = |index: usize| {
            node.inputs
                .get(index)
                .copied()
                .flatten()
                .map(|id| graph.tensor(id).dtype)
        };
        let is_layer = matches!(
            node.op,
            Op::Conv2d(_) | Op::DepthwiseConv2d(_) | Op::FullyConnected(_) | Op::BatchMatmul(_)
        );
        is_layer
            && dtype(0) == Some(DataType::Float32)
            && matches!(
                dtype(1),
                Some(DataType::Int8 | DataType::UInt8 | DataType::Int4)
            )
    })
}

/// How the products of a graph's floats are rounded.
pub(crate) fn rounding(graph: &Graph) -> Rounding {
    if quantizes_floats(graph) {
        Rounding::Twice
    } else {
        Rounding::Once
    }
}

/// Whether a function of floats may differ from the reference's by its last bits.
pub(crate) fn may_differ(node: &NodeContext<'_>) -> bool {
    !quantizes_floats(node.graph())
}

/// Expects a graph in which a sum of floats may differ from the reference's by its last bits.
pub(crate) fn expect_own_order(node: &NodeContext<'_>) -> Result<(), Reject> {
    if may_differ(node) {
        return Ok(());
    }
    Err(Reject::unsupported(
        "the graph quantizes floats at run time, and needs sums in the order of the reference",
    ))
}

/// Weights of a layer of floats.
pub(crate) enum FloatWeights {
    /// A product for each group of channels.
    Dense(Vec<FloatProduct>),
    /// Most of the weights are zero.
    Sparse(SparseProduct),
}

impl Layer for FloatLayer {
    type Packed = FloatWeights;

    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<FloatWeights, OpError> {
        let weights: &[f32] = weights.as_slice()?;
        let bias: Option<&[f32]> = bias.map(|bias| bias.as_slice()).transpose()?;
        let (taps, channels) = (
            self.layout.taps(&self.geometry.window),
            self.geometry.outputs(),
        );
        let filters = weights.len() / self.geometry.groups;
        let pack = |group: usize| {
            let weights = &weights[group * filters..][..filters];
            let bias = bias.map(|bias| &bias[group * channels..][..channels]);
            FloatProduct::new(
                weights,
                taps,
                channels,
                bias,
                self.clamp,
                self.rounding,
                self.machine.set,
            )
        };
        let products = (0..self.geometry.groups).map(pack).collect();
        Ok(FloatWeights::Dense(products))
    }

    fn pack_constants(
        &self,
        weights: View<'_>,
        bias: Option<View<'_>>,
    ) -> Result<FloatWeights, OpError> {
        if !self.is_sparse(weights.as_slice()?) {
            return self.pack(weights, bias);
        }
        Ok(FloatWeights::Sparse(SparseProduct::new(
            weights.as_slice()?,
            self.geometry.output_channels,
            bias.map(|bias| bias.as_slice()).transpose()?,
            (self.clamp, self.rounding),
            self.machine.set,
        )))
    }

    fn bytes(packed: &FloatWeights) -> usize {
        match packed {
            FloatWeights::Dense(products) => products.iter().map(FloatProduct::bytes).sum(),
            FloatWeights::Sparse(product) => product.bytes(),
        }
    }

    fn scratch_bytes(&self) -> usize {
        self.layout
            .scratch(&self.geometry.window, self.geometry.depth())
    }

    fn scratch_bytes_with(&self, packed: &FloatWeights) -> usize {
        match packed {
            FloatWeights::Dense(_) => self.scratch_bytes(),
            FloatWeights::Sparse(product) => product.scratch(self.geometry.window.outputs()),
        }
    }

    fn run(&self, packed: &FloatWeights, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let scratch = std::mem::take(&mut io.scratch);
        let products = match packed {
            FloatWeights::Dense(products) => products,
            FloatWeights::Sparse(product) => {
                let input = io.input::<f32>(0)?;
                product.multiply(input, scratch, io.output()?, self.machine);
                return Ok(());
            }
        };
        let bytes = bytemuck::cast_slice(io.input::<f32>(0)?);
        self.operands(bytes).multiply(
            &self.geometry,
            |group| &products[group],
            scratch,
            io.output()?,
            self.machine,
        );
        Ok(())
    }
}

impl BandLayer for FloatLayer {
    fn window(&self) -> &Window {
        &self.geometry.window
    }

    fn position_bytes(&self) -> [usize; 2] {
        self.geometry.position_bytes(size_of::<f32>())
    }

    fn has_bands(&self, weights: View<'_>) -> bool {
        weights
            .as_slice()
            .is_ok_and(|weights| !self.is_sparse(weights))
    }

    fn band_scratch_bytes(&self, rows: usize) -> usize {
        self.layout.band_scratch(&self.geometry, rows)
    }

    fn run_band(
        &self,
        packed: &FloatWeights,
        rows: Range<usize>,
        input: Held<'_>,
        output: &mut [u8],
        scratch: &mut [u8],
    ) {
        let FloatWeights::Dense(products) = packed else {
            unreachable!("sparse weights have no bands");
        };
        let (geometry, met) = self.geometry.band(rows);
        let bytes = input.slice(met, self.row_bytes()[0]);
        self.operands(bytes).multiply(
            &geometry,
            |group| &products[group],
            scratch,
            bytemuck::cast_slice_mut(output),
            self.machine.alone(),
        );
    }
}
