//! Depthwise convolutions of bytes that are read as they are, for processors with VNNI.

mod avx512_vnni;
mod outputs;

use super::{Depthwise, Taps, step};
use crate::memory::Aligned;
use crate::product::integer::Activations;
use crate::target::Target;
use demilite_core::geometry::Window;
pub(crate) use outputs::Outputs;

/// Bytes that are summed side by side: 64 channels of one position, or 32 channels of two.
const BLOCK: usize = 64;

/// Taps whose products an instruction sums.
const QUAD: usize = 4;

/// The weights of a depthwise convolution, and what its sums begin at.
#[derive(Debug, Clone)]
pub(crate) struct BytesDepthwise {
    /// For each block and each quad of taps, the bytes of each place side by side.
    quads: Aligned<i8>,
    /// What weights are beyond a byte, likewise; nothing where all are within.
    rest: Aligned<i8>,
    bias: Aligned<i32>,
    /// The taps of each quad; what fills it up meets weights of zero.
    taps: usize,
    channels: usize,
    flip: u8,
    /// Columns that a filter of three rows and three columns moves from one position to the next; none where it has others.
    step: Option<usize>,
    largest: u64,
}

/// The channels from `first` on that a block holds: those of a whole one, or of a half.
fn side(first: usize, channels: usize) -> usize {
    if channels - first > BLOCK / 2 {
        BLOCK
    } else {
        BLOCK / 2
    }
}

/// The channel at a place of the blocks of `channels`, if there is one: bytes that are interleaved come by quarters of sixteen.
pub(crate) fn channel_at(place: usize, channels: usize) -> Option<usize> {
    let (first, place) = (place / BLOCK * BLOCK, place % BLOCK);
    let byte = place % 16 / 4 * 16 + place / 16 * 4 + place % 4;
    let channel = first + byte % side(first, channels);
    (channel < channels).then_some(channel)
}

/// Places of the blocks of `channels`.
pub(crate) fn places(channels: usize) -> usize {
    channels.next_multiple_of(BLOCK)
}

impl BytesDepthwise {
    /// A convolution with weights that lie as `[tap, channel]`, from −255 to 254.
    pub(crate) fn new(
        weights: &[i16],
        bias: &[i32],
        activations: Activations,
        window: &Window,
    ) -> Self {
        let (channels, taps) = (bias.len(), window.taps());
        let step = step(window);
        let is_square = step.is_some();
        // A quad holds the three taps of a column, or the next four.
        let quads = if is_square { 3 } else { taps.div_ceil(QUAD) };
        let place_of = |tap: usize| {
            if is_square {
                tap % 3 * QUAD + tap / 3
            } else {
                tap
            }
        };
        let is_wide = weights.iter().any(|&weight| i8::try_from(weight).is_err());
        let mut packed = Aligned::zeroed(quads * QUAD * places(channels));
        let mut rest = Aligned::zeroed(if is_wide { packed.as_slice().len() } else { 0 });
        let mut start = Aligned::zeroed(places(channels));
        let mut largest = 0;
        for place in 0..places(channels) {
            let Some(channel) = channel_at(place, channels) else {
                continue;
            };
            let (mut sum, mut magnitude) = (0_i32, u64::from(bias[channel].unsigned_abs()));
            for tap in 0..taps {
                let weight = weights[tap * channels + channel];
                let quad = place / BLOCK * quads + place_of(tap) / QUAD;
                let index = (quad * BLOCK + place % BLOCK) * QUAD + place_of(tap) % QUAD;
                let byte = weight.clamp(i8::MIN.into(), i8::MAX.into());
                packed.as_mut_slice()[index] = byte as i8;
                if is_wide {
                    rest.as_mut_slice()[index] = (weight - byte) as i8;
                }
                sum += i32::from(weight);
                magnitude += 255 * u64::from(weight.unsigned_abs());
            }
            let added = sum.wrapping_mul(activations.zero_point + activations.shift());
            start.as_mut_slice()[place] = bias[channel].wrapping_sub(added);
            largest = largest.max(magnitude);
        }
        BytesDepthwise {
            quads: packed,
            rest,
            bias: start,
            taps,
            channels,
            flip: activations.flip(),
            step,
            largest,
        }
    }

    /// Bytes of the weights.
    pub(crate) fn bytes(&self) -> usize {
        let weights = self.quads.as_slice().len() + self.rest.as_slice().len();
        weights + size_of_val(self.bias.as_slice())
    }

    /// The greatest magnitude that a sum can come to, whatever the activations are.
    pub(crate) fn largest(&self) -> u64 {
        self.largest
    }
}

/// A depthwise convolution with what becomes of its sums.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BytesProduct<'a, O> {
    /// The sums.
    pub(crate) sums: &'a BytesDepthwise,
    /// What becomes of them.
    pub(crate) outputs: O,
}

// SAFETY: vectors beyond the channels are masked.
unsafe impl<O: Outputs> Depthwise for BytesProduct<'_, O> {
    type Output = O::Element;

    unsafe fn positions(&self, taps: Taps<'_>, target: Target<O::Element>) {
        // SAFETY: the caller's promise; the instructions were found when the delegate was made.
        unsafe { avx512_vnni::positions(self.sums, &self.outputs, taps, target) };
    }
}
