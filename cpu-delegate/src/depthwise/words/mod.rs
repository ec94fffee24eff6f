//! Depthwise convolutions with products of 16-bit integers: of 16-bit activations, or of 8-bit ones less their zero point. AVX2 takes
//! 8-bit activations as they are; the biases have the zero point in them then.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx2_bytes;
#[cfg(target_arch = "x86_64")]
mod avx512;

use std::ops::Range;

use demilite_core::geometry::Window;

use super::{Depthwise, Taps, step};
use crate::instruction_set::{InstructionSet, Vectors};
use crate::memory::Aligned;
use crate::product::integer::{Activations, Epilogue, Operand};
use crate::product::panels::PANEL;
use crate::product::{Sums, Tile, VECTORS};
use crate::target::Target;

/// Positions whose sums an epilogue takes together.
const RUN: usize = 8;

/// What activations are.
#[derive(Debug, Clone, Copy)]
enum Reads {
    Words,
    Bytes {
        #[cfg_attr(
            not(target_arch = "x86_64"),
            allow(dead_code, reason = "only AVX2 reads bytes")
        )]
        signed: bool,
        step: Step,
    },
}

/// How many columns a filter of three rows and columns moves from one position to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    One,
    Two,
    /// More, or the filter is another.
    Other,
}

/// The places of the nine taps of a filter of three rows and columns among pairs: of each column the upper two, then what is left of
/// the first two columns, and last nothing and the last tap.
const PLACES: [usize; 9] = [0, 2, 4, 1, 3, 5, 6, 7, 9];

/// The weights of a depthwise convolution, and what its sums begin at.
#[derive(Debug, Clone)]
pub(crate) struct WordsDepthwise {
    /// For each two taps, the weights of each channel side by side; channels are filled up to whole panels.
    pairs: Aligned<i16>,
    bias: Aligned<i32>,
    taps: usize,
    channels: usize,
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(dead_code, reason = "only vectors read bytes")
    )]
    reads: Reads,
    set: InstructionSet,
}

/// What convolutions of 8-bit activations read on these instructions.
pub(crate) fn operand(set: InstructionSet) -> Operand {
    match set.vectors() {
        Vectors::Bits256 => Operand::Bytes,
        Vectors::None | Vectors::Bits512 => Operand::Words,
    }
}

impl WordsDepthwise {
    /// Sums of words, with weights that lie as `[tap, channel]`, each within a byte and a sign, and one bias for each channel.
    pub(crate) fn new(weights: &[i16], bias: &[i32], set: InstructionSet) -> Self {
        Self::packed(weights, bias, Reads::Words, set)
    }

    /// The same sums of 8-bit activations, as [`operand`] says.
    pub(crate) fn of_bytes(
        weights: &[i16],
        bias: &[i32],
        activations: Activations,
        window: &Window,
        set: InstructionSet,
    ) -> Self {
        if operand(set) == Operand::Words {
            return Self::new(weights, bias, set);
        }
        let mut sums = vec![0_i32; bias.len()];
        for weights in weights.chunks_exact(bias.len().max(1)) {
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                *sum += i32::from(weight);
            }
        }
        let less = |(&bias, &sum): (&i32, &i32)| bias.wrapping_sub(sum * activations.zero_point);
        let bias: Vec<i32> = bias.iter().zip(&sums).map(less).collect();
        let reads = Reads::Bytes {
            signed: activations.signed,
            step: match step(window) {
                Some(1) => Step::One,
                Some(2) => Step::Two,
                _ => Step::Other,
            },
        };
        Self::packed(weights, &bias, reads, set)
    }

    fn packed(weights: &[i16], bias: &[i32], reads: Reads, set: InstructionSet) -> Self {
        let channels = bias.len();
        let padded = channels.div_ceil(PANEL) * PANEL;
        let taps = weights.len().checked_div(channels).unwrap_or(0);
        let mut pairs = Aligned::zeroed(taps.div_ceil(2) * 2 * padded);
        for (index, &weight) in weights.iter().enumerate() {
            let (tap, channel) = (index / channels, index % channels);
            let place = match reads {
                Reads::Words => tap,
                Reads::Bytes {
                    step: Step::Other, ..
                } => tap,
                Reads::Bytes { .. } => PLACES[tap],
            };
            pairs.as_mut_slice()[(place / 2 * padded + channel) * 2 + place % 2] = weight;
        }
        let mut start = Aligned::zeroed(padded);
        start.as_mut_slice()[..channels].copy_from_slice(bias);
        WordsDepthwise {
            pairs,
            bias: start,
            taps,
            channels,
            reads,
            set,
        }
    }

    /// Bytes of the weights.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.pairs.as_slice()) + size_of_val(self.bias.as_slice())
    }

    /// The greatest magnitude that a sum can come to where that of activations is at most `activation`.
    pub(crate) fn largest(&self, activation: u64) -> u64 {
        let biases = self.bias.as_slice().iter();
        let mut bounds: Vec<u64> = biases.map(|bias| bias.unsigned_abs().into()).collect();
        for pairs in self.pairs.as_slice().chunks_exact(2 * self.padded().max(1)) {
            for (bound, pair) in bounds.iter_mut().zip(pairs.chunks_exact(2)) {
                let magnitudes = pair.iter().map(|weight| u64::from(weight.unsigned_abs()));
                *bound += activation * magnitudes.sum::<u64>();
            }
        }
        bounds.into_iter().max().unwrap_or(0)
    }

    fn padded(&self) -> usize {
        self.channels.div_ceil(PANEL) * PANEL
    }

    /// Sums one panel of the positions `run`.
    unsafe fn sum(
        &self,
        taps: Taps<'_>,
        run: Range<usize>,
        panel: usize,
        sums: &mut [[i32; PANEL]],
    ) {
        let channel = panel * PANEL;
        // SAFETY: the caller's promise; the instructions were found when the delegate was made.
        unsafe {
            match self.set.vectors() {
                #[cfg(target_arch = "x86_64")]
                Vectors::Bits256 if matches!(self.reads, Reads::Bytes { .. }) => match self.set {
                    InstructionSet::AvxVnni => {
                        avx2_bytes::sum_vnni(self, taps, run, channel, sums);
                    }
                    _ => avx2_bytes::sum(self, taps, run, channel, sums),
                },
                #[cfg(target_arch = "x86_64")]
                Vectors::Bits512 => match self.taps {
                    9 => avx512::sum::<9>(self, taps, run, channel, sums),
                    _ => avx512::sum::<0>(self, taps, run, channel, sums),
                },
                #[cfg(target_arch = "x86_64")]
                Vectors::Bits256 if channel + PANEL <= self.channels => match self.taps {
                    9 => avx2::sum::<9>(self, taps, run, channel, sums),
                    _ => avx2::sum::<0>(self, taps, run, channel, sums),
                },
                _ => self.sum_in_order(taps, run, channel, sums),
            }
        }
    }

    unsafe fn sum_in_order(
        &self,
        taps: Taps<'_>,
        run: Range<usize>,
        channel: usize,
        sums: &mut [[i32; PANEL]],
    ) {
        let count = PANEL.min(self.channels - channel);
        for (position, sums) in run.zip(sums) {
            sums.copy_from_slice(&self.bias.as_slice()[channel..][..PANEL]);
            for tap in 0..self.taps {
                // SAFETY: the caller's promise.
                let pointer = unsafe { taps.at(position, tap).cast::<i16>() };
                let weights = tap / 2 * self.padded() + channel;
                let weights = &self.pairs.as_slice()[weights * 2..][..2 * PANEL];
                for (index, sum) in sums[..count].iter_mut().enumerate() {
                    // SAFETY: the caller's promise.
                    let operand = unsafe { pointer.add(channel + index).read_unaligned() };
                    let product = i32::from(operand) * i32::from(weights[index * 2 + tap % 2]);
                    *sum = sum.wrapping_add(product);
                }
            }
        }
    }
}

/// Sums of a depthwise convolution with their epilogue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WordsProduct<'a, E> {
    /// The sums.
    pub(crate) sums: &'a WordsDepthwise,
    /// What becomes of them.
    pub(crate) epilogue: E,
}

// SAFETY: vectors beyond the channels are masked, or left to the plain loop.
unsafe impl<E: Epilogue> Depthwise for WordsProduct<'_, E> {
    type Output = E::Output;

    unsafe fn positions(&self, taps: Taps<'_>, target: Target<E::Output>) {
        let layer = self.sums;
        let mut sums = Sums([[0; PANEL]; VECTORS]);
        for first in (0..taps.positions).step_by(RUN) {
            let rows = RUN.min(taps.positions - first);
            for panel in 0..layer.channels.div_ceil(PANEL) {
                // SAFETY: the caller's promise.
                unsafe { layer.sum(taps, first..first + rows, panel, &mut sums.0) };
                let tile = Tile {
                    row: first,
                    rows,
                    panel,
                    panels: 1,
                };
                // SAFETY: the caller's promise; the instructions were found when the delegate was made.
                unsafe {
                    self.epilogue
                        .finish(layer.set, tile, layer.channels, &sums, target)
                };
            }
        }
    }
}
