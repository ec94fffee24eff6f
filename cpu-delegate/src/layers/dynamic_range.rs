//! Layers of integer weights that meet floats, which are quantized row by row at run time.

use demilite_core::op::Activation;
use demilite_core::quantization::RowQuantization;
use demilite_core::{NodeContext, OpError, View};
use demilite_executor::{KernelIo, Prepared};

use super::packed::{Layer, PackedLayer};
use crate::layers::float_clamp;
use crate::machine::Machine;

use crate::product::dynamic_range::rows::{quantize, zero};
use crate::product::dynamic_range::{Channels, DynamicRange, ScaleOrder};
use crate::product::geometry::Geometry;
use crate::product::integer::{self, Activations, IntegerProduct, IntegerSums, Operand};
use crate::product::layout::Layout;
use crate::product::operands::Operands;
use crate::weights::same_bits;

/// A layer of integer weights and float activations.
pub(crate) struct DynamicRangeLayer {
    /// Of one image, or of all rows of a matrix.
    geometry: Geometry,
    /// Images.
    images: usize,
    /// Rows of an image that are quantized each for itself: one, or those of a matrix.
    rows: usize,
    layout: Layout,
    scales: Vec<f32>,
    quantization: RowQuantization,
    order: ScaleOrder,
    clamp: (f32, f32),
    machine: Machine,
}

impl DynamicRangeLayer {
    /// Makes a layer ready whose input consists of rows that are quantized in this way.
    pub(crate) fn prepare(
        geometry: Geometry,
        scales: Vec<f32>,
        (rows, quantization, order): (usize, RowQuantization, ScaleOrder),
        activation: Activation,
        node: &NodeContext<'_>,
        machine: Machine,
    ) -> Prepared {
        let is_matrix = geometry.window.is_pointwise() && geometry.window.batches != rows;
        let (images, rows) = if is_matrix { (1, rows) } else { (rows, 1) };
        let mut geometry = geometry;
        if !is_matrix {
            geometry.window.batches = 1;
        }
        let layer = DynamicRangeLayer {
            layout: geometry.layout(
                Operand::of(machine.set).size(),
                integer::group(machine.set),
                0,
            ),
            geometry,
            images,
            rows,
            scales,
            quantization,
            order,
            clamp: float_clamp(activation)?,
            machine,
        };
        Ok(PackedLayer::boxed(layer, node.input(2).is_some()))
    }

    fn operand_bytes(&self) -> usize {
        (self.geometry.input_elements() * self.layout.element()).next_multiple_of(64)
    }

    fn border_bytes(&self) -> usize {
        (self.geometry.depth() * self.layout.element()).next_multiple_of(64)
    }

    fn row_bytes(&self) -> usize {
        (self.rows * size_of::<(f32, i32)>()).next_multiple_of(64)
    }
}

impl Layer for DynamicRangeLayer {
    /// Of each group, the weights and the output channels.
    type Packed = Vec<(IntegerSums, Channels)>;

    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<Self::Packed, OpError> {
        let weights = same_bits(weights)?;
        let bias: Option<&[f32]> = bias.map(|bias| bias.as_slice()).transpose()?;
        let (taps, channels) = (
            self.layout.taps(&self.geometry.window),
            self.geometry.outputs(),
        );
        let filters = weights.len() / self.geometry.groups;
        let filter = filters / channels.max(1);
        // Bytes of rows are unsigned, and their zero point differs from row to row.
        let activations = Activations {
            signed: false,
            zero_point: 0,
        };
        let start = vec![0; channels];
        let pack = |group: usize| {
            let weights = &weights[group * filters..][..filters];
            let all = group * channels..(group + 1) * channels;
            let sums = weights.chunks(filter.max(1));
            let sums = sums.map(|filter| filter.iter().map(|&weight| i32::from(weight)).sum());
            let sums: Vec<i32> = sums.collect();
            let bias = bias.map(|bias| &bias[all.clone()]);
            (
                IntegerSums::new(weights, taps, &start, activations, self.machine.set),
                Channels::new(&self.scales[all], bias, &sums),
            )
        };
        Ok((0..self.geometry.groups).map(pack).collect())
    }

    fn bytes(packed: &Self::Packed) -> usize {
        let group = |(sums, channels): &(IntegerSums, Channels)| sums.bytes() + channels.bytes();
        packed.iter().map(group).sum()
    }

    fn scratch_bytes(&self) -> usize {
        self.operand_bytes()
            + self.border_bytes()
            + self.row_bytes()
            + self
                .layout
                .scratch(&self.geometry.window, self.geometry.depth())
    }

    fn run(&self, packed: &Self::Packed, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let input = io.input::<f32>(0)?;
        let scratch = std::mem::take(&mut io.scratch);
        let (bytes, scratch) = scratch.split_at_mut(self.operand_bytes());
        let (border, scratch) = scratch.split_at_mut(self.border_bytes());
        let (rows, scratch) = scratch.split_at_mut(self.row_bytes());
        let rows: &mut [[u32; 2]] = &mut bytemuck::cast_slice_mut(rows)[..self.rows];
        let elements = self.geometry.input_elements();
        let outputs = self.geometry.window.outputs();
        let (all, operand) = (io.output::<f32>()?, Operand::of(self.machine.set));
        for image in 0..self.images {
            let input = &input[image * elements..][..elements];
            let bytes = &mut bytes[..elements * self.layout.element()];
            quantize(input, self.quantization, operand, rows, bytes, self.machine);
            // Outside of an image lies its zero.
            border.fill(zero(rows[0]));
            let operands = Operands {
                bytes,
                border,
                layout: self.layout,
            };
            let product = |group: usize| IntegerProduct {
                sums: &packed[group].0,
                epilogue: DynamicRange {
                    channels: &packed[group].1,
                    rows,
                    outputs: outputs / self.rows,
                    clamp: self.clamp,
                    order: self.order,
                },
                corrections: None,
            };
            let output = &mut all[image * outputs * self.geometry.output_channels..]
                [..outputs * self.geometry.output_channels];
            operands.multiply(&self.geometry, product, scratch, output, self.machine);
        }
        Ok(())
    }
}
