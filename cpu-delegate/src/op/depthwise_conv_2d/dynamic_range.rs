//! Depthwise convolutions of integer weights that meet floats, which are quantized image by image.

use demilite_core::{NodeContext, OpError, View, op};
use demilite_executor::{KernelIo, Prepared};

use super::Geometry;
use crate::depthwise;
#[cfg(target_arch = "x86_64")]
use crate::depthwise::bytes::{BytesDepthwise, BytesProduct};
use crate::depthwise::words::{WordsDepthwise, WordsProduct};
use crate::layers::float_clamp;
use crate::layers::packed::{Layer, PackedLayer};
use crate::machine::Machine;
use crate::product::dynamic_range::rows::{quantize, zero};
use crate::product::dynamic_range::{Channels, DynamicRange, ScaleOrder};
use crate::product::integer::{Activations, Operand};
use crate::weights::same_bits;
use demilite_core::quantization::RowQuantization;
use demilite_core::quantization::layer::{channel_scales, expect_symmetric};

struct DynamicRangeDepthwiseConv2d {
    /// Of one image.
    geometry: Geometry,
    images: usize,
    scales: Vec<f32>,
    clamp: (f32, f32),
    machine: Machine,
}

/// Weights in the order in which the instructions take them.
enum Sums {
    #[cfg(target_arch = "x86_64")]
    Bytes(BytesDepthwise),
    Words(WordsDepthwise),
}

impl Layer for DynamicRangeDepthwiseConv2d {
    type Packed = (Sums, Channels);

    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<Self::Packed, OpError> {
        let weights: Vec<i16> = same_bits(weights)?.into_iter().map(i16::from).collect();
        let none = vec![0; self.geometry.channels];
        let bias = bias.map(|bias| bias.as_slice()).transpose()?;
        let channels = |sums: &[i32]| Channels::new(&self.scales, bias, sums);
        let set = self.machine.set;
        if depthwise::operand(set) == Operand::Words {
            // Words are less their zero point already.
            let words = WordsDepthwise::new(&weights, &none, set);
            return Ok((Sums::Words(words), channels(&none)));
        }
        // Bytes of rows are unsigned, and their zero point differs from row to row.
        let activations = Activations {
            signed: false,
            zero_point: 0,
        };
        let mut sums = none.clone();
        for tap in weights.chunks_exact(none.len().max(1)) {
            for (sum, &weight) in sums.iter_mut().zip(tap) {
                *sum += i32::from(weight);
            }
        }
        let (window, channels) = (&self.geometry.window, channels(&sums));
        #[cfg(target_arch = "x86_64")]
        if depthwise::takes_quads(set) {
            let bytes = BytesDepthwise::new(&weights, &none, activations, window);
            return Ok((Sums::Bytes(bytes), channels));
        }
        let words = WordsDepthwise::of_bytes(&weights, &none, activations, window, set);
        Ok((Sums::Words(words), channels))
    }

    fn bytes((sums, channels): &Self::Packed) -> usize {
        let sums = match sums {
            #[cfg(target_arch = "x86_64")]
            Sums::Bytes(sums) => sums.bytes(),
            Sums::Words(sums) => sums.bytes(),
        };
        sums + channels.bytes()
    }

    fn scratch_bytes(&self) -> usize {
        let size = depthwise::operand(self.machine.set).size();
        (self.geometry.elements() + self.geometry.channels) * size
    }

    fn run(&self, (sums, channels): &Self::Packed, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let input = io.input::<f32>(0)?;
        let scratch = std::mem::take(&mut io.scratch);
        let operand = depthwise::operand(self.machine.set);
        let elements = self.geometry.elements();
        let (bytes, border) = scratch.split_at_mut(elements * operand.size());
        let border = &mut border[..self.geometry.channels * operand.size()];
        let outputs = self.geometry.window.outputs() * self.geometry.channels;
        let all = io.output::<f32>()?;
        for image in 0..self.images {
            let mut rows = [[0; 2]];
            let input = &input[image * elements..][..elements];
            quantize(
                input,
                RowQuantization::Asymmetric,
                operand,
                &mut rows,
                bytes,
                self.machine,
            );
            border.fill(zero(rows[0]));
            let epilogue = DynamicRange {
                channels,
                rows: &rows,
                outputs: usize::MAX,
                clamp: self.clamp,
                order: ScaleOrder::ScalesFirst,
            };
            let output = &mut all[image * outputs..][..outputs];
            let image = (&*bytes, &*border);
            match sums {
                #[cfg(target_arch = "x86_64")]
                Sums::Bytes(sums) => {
                    let product = BytesProduct {
                        sums,
                        outputs: epilogue,
                    };
                    self.geometry
                        .convolve(&product, image, output, self.machine);
                }
                Sums::Words(sums) => {
                    let product = WordsProduct { sums, epilogue };
                    self.geometry
                        .convolve(&product, image, output, self.machine);
                }
            }
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
        geometry,
        images,
        machine,
    };
    Ok(PackedLayer::boxed(layer, node.input(2).is_some()))
}
