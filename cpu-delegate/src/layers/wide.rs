//! Layers of 16-bit activations and 8-bit weights, with sums of 64 bits.

use std::ops::Range;

use demilite_core::geometry::Window;
use demilite_core::op::Activation;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{NodeContext, OpError, View};
use demilite_executor::{KernelIo, Unprepared};

use super::packed::{Layer, PackedLayer};
use crate::layers::bands::{BandLayer, Held};
use crate::machine::Machine;
use crate::product::geometry::Geometry;
use crate::product::layout::Layout;
use crate::product::operands::Operands;
use crate::product::wide::{NarrowProduct, WideProduct, WideScaling, WideSums};
use crate::product::words;
use crate::weights::signed;
use demilite_core::quantization::layer::{
    channel_multipliers, filter_zero_point, per_tensor, quantized_clamp,
};

/// A layer of 16-bit activations.
pub(crate) struct WideLayer {
    geometry: Geometry,
    layout: Layout,
    multipliers: Vec<QuantizedMultiplier>,
    clamp: (i32, i32),
    border: Vec<u8>,
    machine: Machine,
}

impl WideLayer {
    /// Makes a layer ready.
    pub(crate) fn prepare(
        geometry: Geometry,
        activation: Activation,
        node: &NodeContext<'_>,
        machine: Machine,
    ) -> Result<PackedLayer<Self>, Unprepared> {
        let (input, filter, output) = (node.required(0)?, node.required(1)?, node.output(0));
        // All zero points are 0.
        per_tensor(input)?;
        per_tensor(output)?;
        filter_zero_point(filter)?;
        let layout = geometry.layout(size_of::<i16>(), words::group(machine.set), 0);
        let layer = WideLayer {
            multipliers: channel_multipliers(node, 0, geometry.output_channels, 0)?,
            clamp: quantized_clamp(activation, output)?,
            border: vec![0; geometry.depth() * size_of::<i16>()],
            geometry,
            layout,
            machine,
        };
        Ok(PackedLayer::new(layer, node.input(2).is_some()))
    }
}

impl Layer for WideLayer {
    /// Of each group, the weights and what becomes of its sums.
    type Packed = Vec<(WideSums, WideScaling)>;

    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<Self::Packed, OpError> {
        let weights = signed(weights)?;
        let bias: Option<&[i64]> = bias.map(|bias| bias.as_slice()).transpose()?;
        let (taps, channels) = (
            self.layout.taps(&self.geometry.window),
            self.geometry.outputs(),
        );
        let filters = weights.len() / self.geometry.groups;
        let pack = |group: usize| {
            let all = group * channels..(group + 1) * channels;
            let bias = bias.map(|bias| &bias[all.clone()]);
            let weights = &weights[group * filters..][..filters];
            (
                WideSums::new(weights, taps, channels, self.machine.set),
                WideScaling::new(&self.multipliers[all], bias, self.clamp),
            )
        };
        Ok((0..self.geometry.groups).map(pack).collect())
    }

    fn bytes(packed: &Self::Packed) -> usize {
        packed.iter().map(|(sums, _)| sums.bytes()).sum()
    }

    fn scratch_bytes(&self) -> usize {
        self.layout
            .scratch(&self.geometry.window, self.geometry.depth())
    }

    fn run(&self, packed: &Self::Packed, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let scratch = std::mem::take(&mut io.scratch);
        let bytes = bytemuck::cast_slice(io.input::<i16>(0)?);
        let output = io.output()?;
        self.multiply(
            packed,
            (&self.geometry, bytes),
            scratch,
            output,
            self.machine,
        );
        Ok(())
    }
}

impl BandLayer for WideLayer {
    fn window(&self) -> &Window {
        &self.geometry.window
    }

    fn position_bytes(&self) -> [usize; 2] {
        self.geometry.position_bytes(size_of::<i16>())
    }

    fn band_scratch_bytes(&self, rows: usize) -> usize {
        self.layout.band_scratch(&self.geometry, rows)
    }

    fn run_band(
        &self,
        packed: &Self::Packed,
        rows: Range<usize>,
        input: Held<'_>,
        output: &mut [u8],
        scratch: &mut [u8],
    ) {
        let (geometry, met) = self.geometry.band(rows);
        let bytes = input.slice(met, self.row_bytes()[0]);
        let output = bytemuck::cast_slice_mut(output);
        self.multiply(
            packed,
            (&geometry, bytes),
            scratch,
            output,
            self.machine.alone(),
        );
    }
}

impl WideLayer {
    /// Multiplies the images of a geometry, which are all of this layer's or a band of them.
    fn multiply(
        &self,
        packed: &[(WideSums, WideScaling)],
        (geometry, bytes): (&Geometry, &[u8]),
        scratch: &mut [u8],
        output: &mut [i16],
        machine: Machine,
    ) {
        let operands = Operands {
            bytes,
            border: &self.border,
            layout: self.layout,
        };
        if packed.iter().all(|(sums, _)| sums.is_narrow()) {
            let product = |group: usize| {
                let (sums, scaling) = &packed[group];
                NarrowProduct { sums, scaling }
            };
            operands.multiply(geometry, product, scratch, output, machine);
        } else {
            let product = |group: usize| {
                let (sums, scaling) = &packed[group];
                WideProduct { sums, scaling }
            };
            operands.multiply(geometry, product, scratch, output, machine);
        }
    }
}
