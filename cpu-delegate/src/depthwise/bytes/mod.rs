//! Depthwise convolutions of 8-bit integers that are read as they are.

mod avx512_vnni;

use super::Depthwise;
use crate::memory::Aligned;
use crate::product::integer::Activations;
use crate::rescaling::Rescaling;
use crate::target::Target;

/// Channels of a block; weights are filled up to whole blocks.
const BLOCK: usize = 64;

/// A depthwise convolution with 8-bit outputs, for processors with VNNI.
#[derive(Debug, Clone)]
pub(crate) struct BytesDepthwise {
    /// For each block and each four taps, the bytes of each channel side by side.
    quads: Aligned<i8>,
    bias: Aligned<i32>,
    rescaling: Rescaling,
    taps: usize,
    channels: usize,
    flip: u8,
}

/// The channel at a place: bytes that are interleaved come by quarters of sixteen channels.
fn channel_at(place: usize) -> usize {
    place / BLOCK * BLOCK + place % 16 / 4 * 16 + place % BLOCK / 16 * 4 + place % 4
}

impl BytesDepthwise {
    /// A convolution with weights that lie as `[tap, channel]`.
    pub(crate) fn new(
        weights: &[i8],
        bias: &[i32],
        activations: Activations,
        rescaling: &Rescaling,
    ) -> Self {
        let channels = bias.len();
        let padded = channels.div_ceil(BLOCK) * BLOCK;
        let taps = weights.len().checked_div(channels).unwrap_or(0);
        let groups = taps.div_ceil(4);
        let mut quads = Aligned::zeroed(groups * 4 * padded);
        let mut start = Aligned::zeroed(padded);
        for place in 0..padded {
            let channel = channel_at(place);
            if channel >= channels {
                continue;
            }
            let mut sum = 0_i32;
            for tap in 0..taps {
                let weight = weights[tap * channels + channel];
                let quad = (place / BLOCK * groups + tap / 4) * BLOCK + place % BLOCK;
                quads.as_mut_slice()[quad * 4 + tap % 4] = weight;
                sum += i32::from(weight);
            }
            let added = sum.wrapping_mul(activations.zero_point + activations.shift());
            start.as_mut_slice()[place] = bias[channel].wrapping_sub(added);
        }
        let rescaling = rescaling.reordered(padded, channel_at);
        BytesDepthwise {
            quads,
            bias: start,
            rescaling,
            taps,
            channels,
            flip: activations.flip(),
        }
    }

    /// Bytes of the weights.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.quads.as_slice()) + size_of_val(self.bias.as_slice())
    }
}

// SAFETY: vectors beyond the channels are masked.
unsafe impl Depthwise for BytesDepthwise {
    type Output = u8;

    unsafe fn positions(&self, taps: &[*const u8], target: Target<u8>) {
        // SAFETY: the caller's promise; the instructions were found when the delegate was made.
        unsafe {
            match self.taps.div_ceil(4) {
                3 => avx512_vnni::positions::<3>(self, taps, target),
                _ => avx512_vnni::positions::<0>(self, taps, target),
            }
        }
    }
}
