//! Layers of 8-bit integers.

use std::ops::Range;

use demilite_core::geometry::Window;
use demilite_core::op::Activation;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{DataType, NodeContext, OpError, View};
use demilite_executor::{KernelIo, Unprepared};

use super::corrections::Corrections;
use super::packed::{Layer, PackedLayer};
use crate::layers::bands::{BandLayer, Held};
use crate::machine::Machine;
use crate::product::geometry::Geometry;
use crate::product::integer::{self, Activations, Epilogue, IntegerProduct, IntegerSums, Operand};
use crate::product::layout::Layout;
use crate::product::operands::{Operands, widen};
use crate::product::real::RealScaling;
use crate::rescaling::Rescaling;
use crate::rescaling::bounded::{BoundedRescaling, reach};
use crate::weights::{bytes_of, signed};
use demilite_core::quantization::layer::{filter_zero_point, per_tensor, quantized_clamp};

/// The factor of each output channel: input scale · filter scale / output scale.
pub(crate) enum Scaling {
    /// In fixed point, rounded twice.
    FixedPoint(Vec<QuantizedMultiplier>),
    /// In double precision.
    Real(Vec<f64>),
}

/// What becomes of the sums of each group.
enum Epilogues {
    FixedPoint(Vec<Rescaling>),
    Real(Vec<RealScaling>),
}

/// The weights of each group.
pub(crate) struct Packed {
    sums: Vec<IntegerSums>,
    /// The epilogues, where all sums are small.
    bounded: Option<Vec<BoundedRescaling>>,
}

/// A layer of 8-bit integers.
pub(crate) struct IntegerLayer {
    geometry: Geometry,
    layout: Layout,
    activations: Activations,
    /// What is subtracted from weights that are made signed.
    filter_zero_point: i32,
    epilogues: Epilogues,
    border: Vec<u8>,
    machine: Machine,
}

impl IntegerLayer {
    /// Makes a layer ready.
    pub(crate) fn prepare(
        geometry: Geometry,
        scaling: Scaling,
        activation: Activation,
        node: &NodeContext<'_>,
        machine: Machine,
    ) -> Result<PackedLayer<Self>, Unprepared> {
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
        let zero_point = per_tensor(output)?.1;
        let clamp = quantized_clamp(activation, output)?;
        let channels = geometry.outputs().max(1);
        let epilogues = match scaling {
            Scaling::FixedPoint(multipliers) => Epilogues::FixedPoint(
                multipliers
                    .chunks(channels)
                    .map(|group| Rescaling::new(group, zero_point, clamp))
                    .collect(),
            ),
            Scaling::Real(factors) => Epilogues::Real(
                factors
                    .chunks(channels)
                    .map(|group| RealScaling::new(group, zero_point, clamp))
                    .collect(),
            ),
        };
        let operand = Operand::of(machine.set);
        let flip = operand.flip(activations);
        let layout = geometry.layout(operand.size(), integer::group(machine.set), flip);
        let border = match operand {
            Operand::Bytes => activations.zero_point as u8 ^ flip,
            Operand::Words => 0,
        };
        let border = vec![border; geometry.depth() * operand.size()];
        let has_bias = node.input(2).is_some();
        let layer = IntegerLayer {
            geometry,
            layout,
            activations,
            filter_zero_point,
            epilogues,
            border,
            machine,
        };
        Ok(PackedLayer::new(layer, has_bias))
    }

    /// Bytes of so many elements of the input as words, if they are made such.
    fn words(&self, elements: usize) -> usize {
        match Operand::of(self.machine.set) {
            Operand::Bytes => 0,
            Operand::Words => (elements * 2).next_multiple_of(64),
        }
    }

    /// What the weights' zero point adds to all sums of each result.
    fn corrections<'a>(&self, geometry: &'a Geometry) -> Corrections<'a> {
        Corrections {
            geometry,
            activations: self.activations,
            factor: -self.filter_zero_point,
        }
    }

    /// Bytes of numbers for the corrections of a geometry.
    fn correction_bytes(&self, geometry: &Geometry) -> usize {
        let corrections = self.corrections(geometry);
        match self.filter_zero_point {
            0 => 0,
            _ => (corrections.count() + corrections.scratch()) * size_of::<i32>(),
        }
    }

    /// Multiplies the images of a geometry, which are all of this layer's or a band of them.
    fn multiply_by<E: Epilogue<Output = u8>>(
        &self,
        (packed, epilogues): (&[IntegerSums], &[E]),
        (geometry, input): (&Geometry, &[u8]),
        scratch: &mut [u8],
        output: &mut [u8],
        machine: Machine,
    ) {
        let (words, scratch) = scratch.split_at_mut(self.words(input.len()));
        let arranged = self.layout.scratch(&geometry.window, geometry.depth());
        let (scratch, corrections) = scratch.split_at_mut(arranged.next_multiple_of(64));
        let bytes = if words.is_empty() {
            input
        } else {
            let words = &mut words[..input.len() * 2];
            let Activations { signed, zero_point } = self.activations;
            widen(
                input,
                signed,
                zero_point,
                bytemuck::cast_slice_mut(words),
                machine,
            );
            words
        };
        let corrections: Option<&[i32]> = if self.filter_zero_point == 0 {
            None
        } else {
            let all = self.corrections(geometry);
            let bytes = &mut corrections[..self.correction_bytes(geometry)];
            let numbers: &mut [i32] = bytemuck::cast_slice_mut(bytes);
            let (corrections, scratch) = numbers.split_at_mut(all.count());
            all.write(input, scratch, corrections, machine.set);
            Some(corrections)
        };
        let operands = Operands {
            bytes,
            border: &self.border,
            layout: self.layout,
        };
        let outputs = geometry.window.outputs();
        let product = |group: usize| IntegerProduct {
            sums: &packed[group],
            epilogue: &epilogues[group],
            corrections: corrections.map(|corrections| &corrections[group * outputs..][..outputs]),
        };
        operands.multiply(geometry, product, scratch, output, machine);
    }

    fn multiply(
        &self,
        packed: &Packed,
        images: (&Geometry, &[u8]),
        scratch: &mut [u8],
        output: &mut [u8],
        machine: Machine,
    ) {
        let sums = &packed.sums[..];
        match (&packed.bounded, &self.epilogues) {
            (Some(epilogues), _) => {
                self.multiply_by((sums, epilogues), images, scratch, output, machine);
            }
            (None, Epilogues::FixedPoint(epilogues)) => {
                self.multiply_by((sums, epilogues), images, scratch, output, machine);
            }
            (None, Epilogues::Real(epilogues)) => {
                self.multiply_by((sums, epilogues), images, scratch, output, machine);
            }
        }
    }
}

impl BandLayer for IntegerLayer {
    fn window(&self) -> &Window {
        &self.geometry.window
    }

    fn position_bytes(&self) -> [usize; 2] {
        self.geometry.position_bytes(1)
    }

    fn band_scratch_bytes(&self, rows: usize) -> usize {
        let extent = &self.geometry.window.rows;
        let met = extent.span(rows).min(extent.input);
        let words = self.words(met * self.row_bytes()[0]);
        let arranged = self.layout.band_scratch(&self.geometry, rows);
        let (geometry, _) = self.geometry.band(0..rows);
        words + arranged.next_multiple_of(64) + self.correction_bytes(&geometry)
    }

    fn run_band(
        &self,
        packed: &Packed,
        rows: Range<usize>,
        input: Held<'_>,
        output: &mut [u8],
        scratch: &mut [u8],
    ) {
        let (geometry, met) = self.geometry.band(rows);
        let bytes = input.slice(met, self.row_bytes()[0]);
        let machine = self.machine.alone();
        self.multiply(packed, (&geometry, bytes), scratch, output, machine);
    }
}

impl Layer for IntegerLayer {
    type Packed = Packed;

    fn pack(&self, weights: View<'_>, bias: Option<View<'_>>) -> Result<Packed, OpError> {
        let weights = signed(weights)?;
        let bias: Option<&[i32]> = bias.map(|bias| bias.as_slice()).transpose()?;
        let (taps, channels) = (
            self.layout.taps(&self.geometry.window),
            self.geometry.outputs(),
        );
        let filters = weights.len() / self.geometry.groups;
        let filter = filters / channels.max(1);
        let absent = vec![0; channels];
        // What the weights' zero point adds.
        let correction = u64::from(self.filter_zero_point.unsigned_abs()) * 255 * filter as u64;
        let pack = |group: usize| {
            let bias = bias.map_or(&absent[..], |bias| &bias[group * channels..][..channels]);
            let weights = &weights[group * filters..][..filters];
            let spread = |channel: usize| {
                let weights = weights[channel * filter..][..filter].iter();
                let magnitudes = weights.map(|weight| u64::from(weight.unsigned_abs()));
                255 * magnitudes.sum::<u64>() + correction
            };
            let bias = match &self.epilogues {
                Epilogues::FixedPoint(epilogues) => epilogues[group].moderate(bias, spread),
                Epilogues::Real(_) => bias.to_vec(),
            };
            let spreads = bias.iter().enumerate();
            let spreads = spreads.map(|(channel, &bias)| reach(bias, spread(channel)));
            let reaches: Vec<(i32, i32)> = spreads.collect();
            let sums = IntegerSums::new(weights, taps, &bias, self.activations, self.machine.set);
            (sums, reaches)
        };
        let (sums, reaches): (Vec<IntegerSums>, Vec<_>) =
            (0..self.geometry.groups).map(pack).unzip();
        let bounded = match &self.epilogues {
            Epilogues::FixedPoint(epilogues) => {
                let groups = sums.iter().zip(&reaches).zip(epilogues);
                let (rows, set) = (self.geometry.window.outputs(), self.machine.set);
                let bounded = groups.map(|((sums, reaches), epilogue)| {
                    let bounded = epilogue.bounded(sums.largest() + correction)?;
                    Some(bounded.straightened(rows, set, reaches))
                });
                bounded.collect()
            }
            Epilogues::Real(_) => None,
        };
        Ok(Packed { sums, bounded })
    }

    fn bytes(packed: &Packed) -> usize {
        packed.sums.iter().map(IntegerSums::bytes).sum()
    }

    fn scratch_bytes(&self) -> usize {
        let geometry = &self.geometry;
        let arranged = self.layout.scratch(&geometry.window, geometry.depth());
        let words = self.words(geometry.input_elements());
        words + arranged.next_multiple_of(64) + self.correction_bytes(geometry)
    }

    fn run(&self, packed: &Packed, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let scratch = std::mem::take(&mut io.scratch);
        let images = (&self.geometry, io.view(0)?.bytes());
        self.multiply(packed, images, scratch, bytes_of(io)?, self.machine);
        Ok(())
    }
}
