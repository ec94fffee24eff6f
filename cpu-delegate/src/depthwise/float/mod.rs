//! Depthwise convolutions of 32-bit floats.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;

use std::ops::Range;

use super::Depthwise;
use crate::instruction_set::InstructionSet;
use crate::memory::Aligned;
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
    set: InstructionSet,
}

impl FloatDepthwise {
    /// A convolution with weights that lie as `[tap, channel]`.
    pub(crate) fn new(
        weights: &[f32],
        channels: usize,
        bias: Option<&[f32]>,
        clamp: (f32, f32),
        set: InstructionSet,
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
            set,
        }
    }

    /// Bytes of the weights.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.weights.as_slice()) + size_of_val(self.bias.as_slice())
    }

    unsafe fn in_order(&self, taps: &[*const u8], target: Target<f32>, channels: Range<usize>) {
        let weights = self.weights.as_slice();
        for (position, taps) in taps.chunks_exact(self.taps).enumerate() {
            for channel in channels.clone() {
                let mut sum = 0.0;
                for (tap, pointer) in taps.iter().enumerate() {
                    // SAFETY: the caller's promise.
                    let operand = unsafe { pointer.cast::<f32>().add(channel).read_unaligned() };
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

// SAFETY: vectors beyond the channels are masked, or copied.
unsafe impl Depthwise for FloatDepthwise {
    type Output = f32;

    unsafe fn positions(&self, taps: &[*const u8], target: Target<f32>) {
        // SAFETY: the caller's promise; the instructions were found when the convolution was made.
        unsafe {
            match (self.set, self.taps) {
                #[cfg(target_arch = "x86_64")]
                (InstructionSet::Avx512Vnni | InstructionSet::Avx512, 9) => {
                    avx512::positions::<9>(self, taps, target)
                }
                #[cfg(target_arch = "x86_64")]
                (InstructionSet::Avx512Vnni | InstructionSet::Avx512, 25) => {
                    avx512::positions::<25>(self, taps, target)
                }
                #[cfg(target_arch = "x86_64")]
                (InstructionSet::Avx512Vnni | InstructionSet::Avx512, _) => {
                    avx512::positions::<0>(self, taps, target)
                }
                #[cfg(target_arch = "x86_64")]
                (InstructionSet::Avx2 | InstructionSet::AvxVnni, count) => {
                    match count {
                        9 => avx2::positions::<9>(self, taps, target),
                        25 => avx2::positions::<25>(self, taps, target),
                        _ => avx2::positions::<0>(self, taps, target),
                    }
                    self.in_order(taps, target, self.channels / 8 * 8..self.channels);
                }
                _ => self.in_order(taps, target, 0..self.channels),
            }
        }
    }
}
