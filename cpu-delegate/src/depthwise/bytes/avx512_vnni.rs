//! Four taps of 64 channels at a time, by `vpdpbusd`.

use std::arch::x86_64::*;

use super::{BLOCK, BytesDepthwise};
use crate::rescaling::avx512::Panel;
use crate::target::Target;

/// Computes positions, with the weights of `QUADS` times four taps in registers; 0 stands for any number.
///
/// # Safety
/// As [`Depthwise::positions`](crate::depthwise::Depthwise::positions); the processor has AVX-512 with VNNI.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) unsafe fn positions<const QUADS: usize>(
    depthwise: &BytesDepthwise,
    taps: &[*const u8],
    target: Target<u8>,
) {
    let flip = _mm512_set1_epi8(depthwise.flip as i8);
    let byte = _mm512_set1_epi32(0xff);
    let quads = depthwise.taps.div_ceil(4);
    for channel in (0..depthwise.channels).step_by(BLOCK) {
        let left = depthwise.channels - channel;
        let mask: __mmask64 = if left >= BLOCK {
            u64::MAX
        } else {
            (1 << left) - 1
        };
        // SAFETY: the caller's promise; loads and stores are masked, weights and biases filled up to whole blocks.
        unsafe {
            let weights = depthwise.quads.as_slice().as_ptr().add(channel * quads * 4);
            let weight = |quad: usize, part: usize| {
                _mm512_load_si512(weights.add((quad * 4 + part) * BLOCK).cast())
            };
            let held: [[__m512i; 4]; QUADS] =
                std::array::from_fn(|quad| std::array::from_fn(|part| weight(quad, part)));
            let bias = depthwise.bias.as_slice().as_ptr().add(channel);
            let bias: [__m512i; 4] =
                std::array::from_fn(|part| _mm512_load_si512(bias.add(part * 16).cast()));
            let panels: [Panel; 4] =
                std::array::from_fn(|part| depthwise.rescaling.panel_avx512(channel + part * 16));
            let row = |taps: &[*const u8], tap: usize| {
                // The weights of taps that are missing are zero.
                let pointer = taps[tap.min(taps.len() - 1)];
                _mm512_xor_si512(
                    _mm512_maskz_loadu_epi8(mask, pointer.add(channel).cast()),
                    flip,
                )
            };
            for (position, taps) in taps.chunks_exact(depthwise.taps).enumerate() {
                let mut sums = bias;
                if QUADS > 0 {
                    for (quad, held) in held.iter().enumerate() {
                        let operands =
                            interleave(std::array::from_fn(|tap| row(taps, quad * 4 + tap)));
                        for part in 0..4 {
                            sums[part] =
                                _mm512_dpbusd_epi32(sums[part], operands[part], held[part]);
                        }
                    }
                } else {
                    for quad in 0..quads {
                        let operands =
                            interleave(std::array::from_fn(|tap| row(taps, quad * 4 + tap)));
                        for part in 0..4 {
                            sums[part] =
                                _mm512_dpbusd_epi32(sums[part], operands[part], weight(quad, part));
                        }
                    }
                }
                let outputs: [__m512i; 4] = std::array::from_fn(|part| {
                    _mm512_and_si512(panels[part].apply(sums[part]), byte)
                });
                // Packing brings the quarters together again.
                let low = _mm512_packus_epi32(outputs[0], outputs[1]);
                let high = _mm512_packus_epi32(outputs[2], outputs[3]);
                let first = target.first.add(position * target.stride + channel);
                _mm512_mask_storeu_epi8(first.cast(), mask, _mm512_packus_epi16(low, high));
            }
        }
    }
}

/// The bytes of four rows side by side, channel by channel; within vectors the quarters of 16 channels are apart.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn interleave(rows: [__m512i; 4]) -> [__m512i; 4] {
    let low = [
        _mm512_unpacklo_epi8(rows[0], rows[1]),
        _mm512_unpacklo_epi8(rows[2], rows[3]),
    ];
    let high = [
        _mm512_unpackhi_epi8(rows[0], rows[1]),
        _mm512_unpackhi_epi8(rows[2], rows[3]),
    ];
    [
        _mm512_unpacklo_epi16(low[0], low[1]),
        _mm512_unpackhi_epi16(low[0], low[1]),
        _mm512_unpacklo_epi16(high[0], high[1]),
        _mm512_unpackhi_epi16(high[0], high[1]),
    ]
}
