//! Depthwise convolutions of floats.

use std::ops::Range;

use demilite_core::geometry::Window;
use demilite_core::{NodeContext, OpError, View, op};
use demilite_executor::{KernelIo, Unprepared};

use super::Geometry;
use crate::depthwise::float::FloatDepthwise;
use crate::layers::bands::{BandLayer, Held};
use crate::layers::float::rounding;
use crate::layers::float_clamp;
use crate::layers::packed::{Layer, PackedLayer};
use crate::machine::Machine;
use crate::product::float::Rounding;

/// A depthwise convolution and how it lies.
pub(super) struct FloatDepthwiseConv2d {
    geometry: Geometry,
    clamp: (f32, f32),
    rounding: Rounding,
    border: Vec<u8>,
    machine: Machine,
}

impl Layer for FloatDepthwiseConv2d {
    type Packed = FloatDepthwise;

    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<FloatDepthwise, OpError> {
        let bias = bias.map(|bias| bias.as_slice()).transpose()?;
        let (channels, set) = (self.geometry.channels, self.machine.set);
        Ok(FloatDepthwise::new(
            weights.as_slice()?,
            channels,
            bias,
            (self.clamp, self.rounding),
            (&self.geometry.window, set),
        ))
    }

    fn bytes(packed: &FloatDepthwise) -> usize {
        packed.bytes()
    }

    fn run(&self, packed: &FloatDepthwise, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let bytes = bytemuck::cast_slice(io.input::<f32>(0)?);
        self.geometry
            .convolve(packed, (bytes, &self.border), io.output()?, self.machine);
        Ok(())
    }
}

impl BandLayer for FloatDepthwiseConv2d {
    fn window(&self) -> &Window {
        &self.geometry.window
    }

    fn position_bytes(&self) -> [usize; 2] {
        [self.geometry.channels * size_of::<f32>(); 2]
    }

    fn run_band(
        &self,
        packed: &Self::Packed,
        rows: Range<usize>,
        input: Held<'_>,
        output: &mut [u8],
        _scratch: &mut [u8],
    ) {
        let output = bytemuck::cast_slice_mut(output);
        self.geometry
            .convolve_band(packed, (input, &self.border), rows, output);
    }
}

/// Makes a layer ready.
pub(super) fn layer(
    op: &op::DepthwiseConv2d,
    node: &NodeContext<'_>,
    geometry: Geometry,
    machine: Machine,
) -> Result<PackedLayer<FloatDepthwiseConv2d>, Unprepared> {
    let border = vec![0; geometry.channels * size_of::<f32>()];
    let layer = FloatDepthwiseConv2d {
        geometry,
        clamp: float_clamp(op.activation)?,
        rounding: rounding(node.graph()),
        border,
        machine,
    };
    Ok(PackedLayer::new(layer, node.input(2).is_some()))
}
