//! Depthwise convolutions of 32-bit floats.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;

use std::ops::Range;

use demilite_core::geometry::Window;

use super::{Depthwise, Taps, step};
use crate::instruction_set::InstructionSet;
#[cfg(target_arch = "x86_64")]
use crate::instruction_set::Vectors;
use crate::memory::Aligned;
use crate::product::float::Rounding;
use crate::product::panels::PANEL;
use crate::target::Target;

/// A depthwise convolution of floats.
#[derive(Debug, Clone)]
pub(crate) struct FloatDepthwise {
    /// For each sixteen channels and each tap, their weights.
    weights: Aligned<f32>,
    bias: Aligned<f32>,
    taps: usize,
    channels: usize,
    clamp: (f32, f32),
    rounding: Rounding,
    /// Columns that a filter of three rows and three columns moves; none where it has others.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(dead_code, reason = "only vectors keep columns")
    )]
    step: Option<usize>,
    set: InstructionSet,
}

impl FloatDepthwise {
    /// A convolution with weights that lie as `[tap, channel]`.
    pub(crate) fn new(
        weights: &[f32],
        channels: usize,
        bias: Option<&[f32]>,
        (clamp, rounding): ((f32, f32), Rounding),
        (window, set): (&Window, InstructionSet),
    ) -> Self {
        let padded = channels.div_ceil(PANEL) * PANEL;
        let taps = weights.len() / channels;
        let mut packed = Aligned::zeroed(taps * padded);
        let target: &mut [f32] = packed.as_mut_slice();
        for (tap, row) in weights.chunks_exact(channels).enumerate() {
            for (channel, &weight) in row.iter().enumerate() {
                target[(channel / PANEL * taps + tap) * PANEL + channel % PANEL] = weight;
            }
        }
        let mut sums = Aligned::zeroed(padded);
        if let Some(bias) = bias {
            sums.as_mut_slice()[..channels].copy_from_slice(bias);
        }
        FloatDepthwise {
            weights: packed,
            bias: sums,
            taps,
            channels,
            clamp,
            rounding,
            step: step(window),
            set,
        }
    }

    /// Bytes of the weights.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.weights.as_slice()) + size_of_val(self.bias.as_slice())
    }

    unsafe fn in_order(&self, taps: Taps<'_>, target: Target<f32>, channels: Range<usize>) {
        let weights = self.weights.as_slice();
        for position in 0..taps.positions {
            for channel in channels.clone() {
                let mut sum = 0.0;
                for tap in 0..self.taps {
                    // SAFETY: the caller's promise.
                    let operand = unsafe {
                        let pointer = taps.at(position, tap).cast::<f32>();
                        pointer.add(channel).read_unaligned()
                    };
                    sum += operand
                        * weights[(channel / PANEL * self.taps + tap) * PANEL + channel % PANEL];
                }
                let sum = (sum + self.bias.as_slice()[channel]).clamp(self.clamp.0, self.clamp.1);
                // SAFETY: the caller's promise.
                unsafe { *target.first.add(position * target.stride + channel) = sum };
            }
        }
    }
}

// SAFETY: vectors beyond the channels are masked, or left to the plain loop.
unsafe impl Depthwise for FloatDepthwise {
    type Output = f32;

    unsafe fn positions(&self, taps: Taps<'_>, target: Target<f32>) {
        // SAFETY: the caller's promise; the instructions were found when the convolution was made.
        unsafe {
            match (self.set.vectors(), self.rounding) {
                #[cfg(target_arch = "x86_64")]
                (Vectors::Bits512, Rounding::Once) => {
                    avx512::positions::<true>(self, taps, target);
                }
                #[cfg(target_arch = "x86_64")]
                (Vectors::Bits512, Rounding::Twice) => {
                    avx512::positions::<false>(self, taps, target);
                }
                #[cfg(target_arch = "x86_64")]
                (Vectors::Bits256, rounding) => {
                    match rounding {
                        Rounding::Once => avx2::positions::<true>(self, taps, target),
                        Rounding::Twice => avx2::positions::<false>(self, taps, target),
                    }
                    self.in_order(taps, target, self.channels / 8 * 8..self.channels);
                }
                _ => self.in_order(taps, target, 0..self.channels),
            }
        }
    }
}
