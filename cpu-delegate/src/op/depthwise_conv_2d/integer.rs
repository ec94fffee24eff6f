//! Depthwise convolutions of 8-bit integers.

use std::ops::Range;

use demilite_core::geometry::Window;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{DataType, NodeContext, OpError, View, op};
use demilite_executor::{KernelIo, Unprepared};

use super::Geometry;
#[cfg(target_arch = "x86_64")]
use crate::depthwise::bytes::{self, BytesDepthwise, BytesProduct};
use crate::depthwise::words::{self, WordsDepthwise, WordsProduct};
use crate::depthwise::{self, Depthwise};
use crate::instruction_set::InstructionSet;
use crate::layers::bands::{BandLayer, Held};
use crate::layers::packed::{Layer, PackedLayer};
use crate::machine::Machine;
use crate::product::integer::{Activations, Operand};
use crate::product::operands::widen;
use crate::rescaling::Rescaling;
use crate::rescaling::bounded::{BoundedRescaling, reach};
use crate::weights::{bytes_of, signed};
use demilite_core::quantization::layer::{
    channel_multipliers, filter_zero_point, per_tensor, quantized_clamp,
};

/// A depthwise convolution and how it lies.
pub(super) struct IntegerDepthwiseConv2d {
    geometry: Geometry,
    activations: Activations,
    /// What is subtracted from weights that were made signed.
    filter_zero_point: i32,
    multipliers: Vec<QuantizedMultiplier>,
    zero_point: i32,
    clamp: (i32, i32),
    border: Vec<u8>,
    machine: Machine,
}

/// Weights in the order in which the instructions take them.
pub(super) enum Sums {
    #[cfg(target_arch = "x86_64")]
    Bytes(BytesDepthwise),
    Words(WordsDepthwise),
}

/// What becomes of sums, in the order of the weights.
pub(super) enum Scaling {
    Bounded(BoundedRescaling),
    Any(Rescaling),
}

impl Scaling {
    /// The rescaling of sums whose magnitude is at most `largest`; `reaches` has the least and the greatest of each place.
    fn new(
        rescaling: Rescaling,
        largest: u64,
        (window, set): (&Window, InstructionSet),
        reaches: impl Iterator<Item = (i32, i32)>,
    ) -> Self {
        match rescaling.bounded(largest) {
            Some(bounded) => {
                let reaches: Vec<_> = reaches.collect();
                Scaling::Bounded(bounded.straightened(window.outputs(), set, &reaches))
            }
            None => Scaling::Any(rescaling),
        }
    }
}

impl IntegerDepthwiseConv2d {
    /// Whether weights meet bytes by fours, which takes weights of up to 254.
    fn takes_quads(filter_zero_point: i32, machine: Machine) -> bool {
        filter_zero_point > i8::MIN.into() && depthwise::takes_quads(machine.set)
    }

    /// What the kernel reads.
    fn operand(filter_zero_point: i32, machine: Machine) -> Operand {
        if Self::takes_quads(filter_zero_point, machine) {
            return Operand::Bytes;
        }
        words::operand(machine.set)
    }
}

impl Layer for IntegerDepthwiseConv2d {
    type Packed = (Sums, Scaling);

    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<Self::Packed, OpError> {
        let absent = vec![0; self.geometry.channels];
        let bias = bias
            .map(|bias| bias.as_slice())
            .transpose()?
            .unwrap_or(&absent);
        let rescaling = Rescaling::new(&self.multipliers, self.zero_point, self.clamp);
        let weights: Vec<i16> = signed(weights)?
            .iter()
            .map(|&weight| i16::from(weight) - self.filter_zero_point as i16)
            .collect();
        let spread = |channel: usize| {
            let taps = weights.iter().skip(channel).step_by(self.geometry.channels);
            let magnitudes = taps.map(|&weight| u64::from(weight.unsigned_abs()));
            255 * magnitudes.sum::<u64>()
        };
        let bias = &rescaling.moderate(bias, spread)[..];
        let window = &self.geometry.window;
        let (activations, set) = (self.activations, self.machine.set);
        let reach = |channel: usize| reach(bias[channel], spread(channel));
        #[cfg(target_arch = "x86_64")]
        if Self::takes_quads(self.filter_zero_point, self.machine) {
            let channels = self.geometry.channels;
            let sums = BytesDepthwise::new(&weights, bias, activations, window);
            let (places, order) = (bytes::places(channels), |place| {
                bytes::channel_at(place, channels)
            });
            let rescaling = rescaling.reordered(places, order);
            let reaches = (0..places).map(|place| order(place).map_or((0, 0), reach));
            let scaling = Scaling::new(rescaling, sums.largest(), (window, set), reaches);
            return Ok((Sums::Bytes(sums), scaling));
        }
        let sums = WordsDepthwise::of_bytes(&weights, bias, activations, window, set);
        let reaches = (0..bias.len()).map(reach);
        let scaling = Scaling::new(rescaling, sums.largest(255), (window, set), reaches);
        Ok((Sums::Words(sums), scaling))
    }

    fn bytes((sums, _): &Self::Packed) -> usize {
        match sums {
            #[cfg(target_arch = "x86_64")]
            Sums::Bytes(sums) => sums.bytes(),
            Sums::Words(sums) => sums.bytes(),
        }
    }

    fn scratch_bytes(&self) -> usize {
        match Self::operand(self.filter_zero_point, self.machine) {
            Operand::Bytes => 0,
            Operand::Words => self.geometry.elements() * 2,
        }
    }

    fn run(&self, (sums, scaling): &Self::Packed, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let scratch = std::mem::take(&mut io.scratch);
        let input = io.view(0)?.bytes();
        let output = bytes_of(io)?;
        match sums {
            #[cfg(target_arch = "x86_64")]
            Sums::Bytes(sums) => match scaling {
                Scaling::Bounded(outputs) => {
                    self.convolve(&BytesProduct { sums, outputs }, input, output);
                }
                Scaling::Any(outputs) => {
                    self.convolve(&BytesProduct { sums, outputs }, input, output);
                }
            },
            Sums::Words(sums) => {
                let bytes = match self.scratch_bytes() {
                    0 => input,
                    length => self.words(input, &mut scratch[..length]),
                };
                match scaling {
                    Scaling::Bounded(epilogue) => {
                        self.convolve(&WordsProduct { sums, epilogue }, bytes, output);
                    }
                    Scaling::Any(epilogue) => {
                        self.convolve(&WordsProduct { sums, epilogue }, bytes, output);
                    }
                }
            }
        }
        Ok(())
    }
}

impl IntegerDepthwiseConv2d {
    /// The input as words, less the zero point.
    fn words<'a>(&self, input: &[u8], words: &'a mut [u8]) -> &'a [u8] {
        let Activations { signed, zero_point } = self.activations;
        let target = bytemuck::cast_slice_mut(words);
        widen(input, signed, zero_point, target, self.machine);
        words
    }

    fn band<D: Depthwise<Output = u8>>(
        &self,
        depthwise: &D,
        rows: Range<usize>,
        input: Held<'_>,
        output: &mut [u8],
    ) {
        let input = (input, &self.border[..]);
        self.geometry.convolve_band(depthwise, input, rows, output);
    }

    fn convolve<D: Depthwise<Output = u8>>(&self, depthwise: &D, input: &[u8], output: &mut [u8]) {
        let image = (input, &self.border[..]);
        self.geometry
            .convolve(depthwise, image, output, self.machine);
    }
}

impl BandLayer for IntegerDepthwiseConv2d {
    fn window(&self) -> &Window {
        &self.geometry.window
    }

    fn position_bytes(&self) -> [usize; 2] {
        [self.geometry.channels * size_of::<u8>(); 2]
    }

    fn has_bands(&self, _weights: View<'_>) -> bool {
        // Words are made of a whole image.
        self.scratch_bytes() == 0
    }

    fn run_band(
        &self,
        (sums, scaling): &Self::Packed,
        rows: Range<usize>,
        input: Held<'_>,
        output: &mut [u8],
        _scratch: &mut [u8],
    ) {
        match sums {
            #[cfg(target_arch = "x86_64")]
            Sums::Bytes(sums) => match scaling {
                Scaling::Bounded(outputs) => {
                    self.band(&BytesProduct { sums, outputs }, rows, input, output);
                }
                Scaling::Any(outputs) => {
                    self.band(&BytesProduct { sums, outputs }, rows, input, output);
                }
            },
            Sums::Words(sums) => match scaling {
                Scaling::Bounded(epilogue) => {
                    self.band(&WordsProduct { sums, epilogue }, rows, input, output);
                }
                Scaling::Any(epilogue) => {
                    self.band(&WordsProduct { sums, epilogue }, rows, input, output);
                }
            },
        }
    }
}

/// Makes a layer ready.
pub(super) fn layer(
    op: &op::DepthwiseConv2d,
    node: &NodeContext<'_>,
    geometry: Geometry,
    machine: Machine,
) -> Result<PackedLayer<IntegerDepthwiseConv2d>, Unprepared> {
    let (input, filter, output) = (node.required(0)?, node.required(1)?, node.output(0));
    let activations = Activations {
        signed: input.dtype == DataType::Int8,
        zero_point: per_tensor(input)?.1,
    };
    // Unsigned weights less 128 are signed.
    let filter_zero_point = match filter.dtype {
        DataType::UInt8 => filter_zero_point(filter)? - 128,
        _ => filter_zero_point(filter)?,
    };
    let operand = IntegerDepthwiseConv2d::operand(filter_zero_point, machine);
    let border = match operand {
        Operand::Bytes => activations.zero_point as u8,
        Operand::Words => 0,
    };
    let layer = IntegerDepthwiseConv2d {
        multipliers: channel_multipliers(node, 0, geometry.channels, 3)?,
        activations,
        filter_zero_point,
        zero_point: per_tensor(output)?.1,
        clamp: quantized_clamp(op.activation, output)?,
        border: vec![border; geometry.channels * operand.size()],
        geometry,
        machine,
    };
    Ok(PackedLayer::new(layer, node.input(2).is_some()))
}
