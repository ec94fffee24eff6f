//! Depthwise convolutions of 8-bit integers.

use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{DataType, NodeContext, OpError, View, op};
use demilite_executor::{KernelIo, Prepared};

use super::Geometry;
#[cfg(target_arch = "x86_64")]
use crate::depthwise::bytes::BytesDepthwise;
use crate::depthwise::words::{WordsDepthwise, WordsProduct};
use crate::layers::packed::{Layer, PackedLayer};
use crate::machine::Machine;
use crate::product::integer::{Activations, Operand};
use crate::product::operands::widen;
use crate::rescaling::Rescaling;
use crate::weights::{bytes_of, signed};
use demilite_core::quantization::layer::{
    channel_multipliers, filter_zero_point, per_tensor, quantized_clamp,
};

struct IntegerDepthwiseConv2d {
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
enum Packed {
    #[cfg(target_arch = "x86_64")]
    Bytes(BytesDepthwise),
    Words(WordsDepthwise, Rescaling),
}

impl IntegerDepthwiseConv2d {
    /// What the kernel reads: bytes meet symmetric weights alone.
    fn operand(filter_zero_point: i32, machine: Machine) -> Operand {
        if filter_zero_point == 0 {
            Operand::of(machine.set)
        } else {
            Operand::Words
        }
    }
}

impl Layer for IntegerDepthwiseConv2d {
    type Packed = Packed;

    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<Packed, OpError> {
        let absent = vec![0; self.geometry.channels];
        let bias = bias
            .map(|bias| bias.as_slice())
            .transpose()?
            .unwrap_or(&absent);
        let rescaling = Rescaling::new(&self.multipliers, self.zero_point, self.clamp);
        let weights = signed(weights)?;
        #[cfg(target_arch = "x86_64")]
        if Self::operand(self.filter_zero_point, self.machine) == Operand::Bytes {
            return Ok(Packed::Bytes(BytesDepthwise::new(
                &weights,
                bias,
                self.activations,
                &rescaling,
            )));
        }
        let words: Vec<i16> = weights
            .iter()
            .map(|&weight| i16::from(weight) - self.filter_zero_point as i16)
            .collect();
        Ok(Packed::Words(
            WordsDepthwise::new(&words, bias, self.machine.set),
            rescaling,
        ))
    }

    fn bytes(packed: &Packed) -> usize {
        match packed {
            #[cfg(target_arch = "x86_64")]
            Packed::Bytes(depthwise) => depthwise.bytes(),
            Packed::Words(depthwise, _) => depthwise.bytes(),
        }
    }

    fn scratch_bytes(&self) -> usize {
        match Self::operand(self.filter_zero_point, self.machine) {
            Operand::Bytes => 0,
            Operand::Words => self.geometry.elements() * 2,
        }
    }

    fn run(&self, packed: &Packed, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let scratch = std::mem::take(&mut io.scratch);
        let input = io.view(0)?.bytes();
        let output = bytes_of(io)?;
        match packed {
            #[cfg(target_arch = "x86_64")]
            Packed::Bytes(depthwise) => {
                self.geometry
                    .convolve(depthwise, (input, &self.border), output, self.machine);
            }
            Packed::Words(sums, rescaling) => {
                let words = &mut scratch[..2 * input.len()];
                let Activations { signed, zero_point } = self.activations;
                widen(
                    input,
                    signed,
                    zero_point,
                    bytemuck::cast_slice_mut(words),
                    self.machine,
                );
                let product = WordsProduct {
                    sums,
                    epilogue: rescaling,
                };
                self.geometry
                    .convolve(&product, (words, &self.border), output, self.machine);
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
    let (input, filter, output) = (node.required(0)?, node.required(1)?, node.output(0));
    let geometry = Geometry::new(op, node)?;
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
    Ok(PackedLayer::boxed(layer, node.input(2).is_some()))
}
