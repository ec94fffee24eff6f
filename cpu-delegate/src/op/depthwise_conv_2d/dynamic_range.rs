//! Depthwise convolutions of integer weights that meet floats, which are quantized image by image.

use demilite_core::{NodeContext, OpError, View, op};
use demilite_executor::{KernelIo, Prepared};

use super::Geometry;
use crate::depthwise::words::{WordsDepthwise, WordsProduct};
use crate::layers::float_clamp;
use crate::layers::packed::{Layer, PackedLayer};
use crate::machine::Machine;
use crate::product::dynamic_range::rows::quantize;
use crate::product::dynamic_range::{Channels, DynamicRange, ScaleOrder};
use crate::product::integer::Operand;
use crate::weights::same_bits;
use demilite_core::quantization::RowQuantization;
use demilite_core::quantization::layer::{channel_scales, expect_symmetric};

struct DynamicRangeDepthwiseConv2d {
    /// Of one image.
    geometry: Geometry,
    images: usize,
    scales: Vec<f32>,
    clamp: (f32, f32),
    border: Vec<u8>,
    machine: Machine,
}

impl Layer for DynamicRangeDepthwiseConv2d {
    type Packed = (WordsDepthwise, Channels);

    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<Self::Packed, OpError> {
        // Words are less their zero point already.
        let none = vec![0; self.geometry.channels];
        let words: Vec<i16> = same_bits(weights)?.into_iter().map(i16::from).collect();
        let bias = bias.map(|bias| bias.as_slice()).transpose()?;
        Ok((
            WordsDepthwise::new(&words, &none, self.machine.set),
            Channels::new(&self.scales, bias, &none),
        ))
    }

    fn bytes((sums, channels): &Self::Packed) -> usize {
        sums.bytes() + channels.bytes()
    }

    fn scratch_bytes(&self) -> usize {
        self.geometry.elements() * size_of::<i16>()
    }

    fn run(&self, (sums, channels): &Self::Packed, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let input = io.input::<f32>(0)?;
        let scratch = std::mem::take(&mut io.scratch);
        let elements = self.geometry.elements();
        let words = &mut scratch[..elements * size_of::<i16>()];
        let outputs = self.geometry.window.outputs() * self.geometry.channels;
        let all = io.output::<f32>()?;
        for image in 0..self.images {
            let mut rows = [[0; 2]];
            let input = &input[image * elements..][..elements];
            quantize(
                input,
                RowQuantization::Asymmetric,
                Operand::Words,
                &mut rows,
                words,
                self.machine,
            );
            let product = WordsProduct {
                sums,
                epilogue: DynamicRange {
                    channels,
                    rows: &rows,
                    outputs: usize::MAX,
                    clamp: self.clamp,
                    order: ScaleOrder::ScalesFirst,
                },
            };
            let output = &mut all[image * outputs..][..outputs];
            self.geometry
                .convolve(&product, (words, &self.border), output, self.machine);
        }
        Ok(())
    }
}

pub(super) fn prepare(
    op: &op::DepthwiseConv2d,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    let filter = node.required(1)?;
    expect_symmetric(filter)?;
    let mut geometry = Geometry::new(op, node)?;
    let images = std::mem::replace(&mut geometry.window.batches, 1);
    let layer = DynamicRangeDepthwiseConv2d {
        scales: channel_scales(filter, geometry.channels, 3)?,
        clamp: float_clamp(op.activation)?,
        border: vec![0; geometry.channels * size_of::<i16>()],
        geometry,
        images,
        machine,
    };
    Ok(PackedLayer::boxed(layer, node.input(2).is_some()))
}
