//! Depthwise convolutions of 16-bit activations and 8-bit weights, with biases of 64 bits.

use std::ops::Range;

use demilite_core::geometry::Window;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{NodeContext, OpError, Reject, View, op};
use demilite_executor::{KernelIo, Unprepared};

use super::Geometry;
use crate::depthwise::words::{WordsDepthwise, WordsProduct};
use crate::layers::bands::{BandLayer, Held};
use crate::layers::packed::{Layer, PackedLayer};
use crate::machine::Machine;
use crate::product::wide::{SHORT, WideScaling};
use crate::weights::signed;
use demilite_core::quantization::layer::{
    channel_multipliers, expect_symmetric, per_tensor, quantized_clamp,
};

/// A depthwise convolution and how it lies.
pub(super) struct WideDepthwiseConv2d {
    geometry: Geometry,
    multipliers: Vec<QuantizedMultiplier>,
    clamp: (i32, i32),
    border: Vec<u8>,
    machine: Machine,
}

impl Layer for WideDepthwiseConv2d {
    type Packed = (WordsDepthwise, WideScaling);

    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<Self::Packed, OpError> {
        let channels = self.geometry.channels;
        let bias: Option<&[i64]> = bias.map(|bias| bias.as_slice()).transpose()?;
        let scaling = WideScaling::new(&self.multipliers, bias, self.clamp);
        let words: Vec<i16> = signed(weights)?.into_iter().map(i16::from).collect();
        Ok((
            WordsDepthwise::new(&words, &vec![0; channels], self.machine.set),
            scaling,
        ))
    }

    fn bytes((sums, _): &Self::Packed) -> usize {
        sums.bytes()
    }

    fn run(&self, (sums, scaling): &Self::Packed, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let bytes = bytemuck::cast_slice(io.input::<i16>(0)?);
        let product = WordsProduct {
            sums,
            epilogue: scaling,
        };
        self.geometry
            .convolve(&product, (bytes, &self.border), io.output()?, self.machine);
        Ok(())
    }
}

impl BandLayer for WideDepthwiseConv2d {
    fn window(&self) -> &Window {
        &self.geometry.window
    }

    fn position_bytes(&self) -> [usize; 2] {
        [self.geometry.channels * size_of::<i16>(); 2]
    }

    fn run_band(
        &self,
        (sums, scaling): &Self::Packed,
        rows: Range<usize>,
        input: Held<'_>,
        output: &mut [u8],
        _scratch: &mut [u8],
    ) {
        let product = WordsProduct {
            sums,
            epilogue: scaling,
        };
        let output = bytemuck::cast_slice_mut(output);
        self.geometry
            .convolve_band(&product, (input, &self.border), rows, output);
    }
}

/// Makes a layer ready.
pub(super) fn layer(
    op: &op::DepthwiseConv2d,
    node: &NodeContext<'_>,
    geometry: Geometry,
    machine: Machine,
) -> Result<PackedLayer<WideDepthwiseConv2d>, Unprepared> {
    let (input, filter, output) = (node.required(0)?, node.required(1)?, node.output(0));
    // All zero points are 0.
    per_tensor(input)?;
    per_tensor(output)?;
    expect_symmetric(filter)?;
    if geometry.window.taps() > SHORT {
        return Err(Reject::unsupported("no fast kernel for so large a filter").into());
    }
    let layer = WideDepthwiseConv2d {
        multipliers: channel_multipliers(node, 0, geometry.channels, 3)?,
        clamp: quantized_clamp(op.activation, output)?,
        border: vec![0; geometry.channels * size_of::<i16>()],
        geometry,
        machine,
    };
    Ok(PackedLayer::new(layer, node.input(2).is_some()))
}
