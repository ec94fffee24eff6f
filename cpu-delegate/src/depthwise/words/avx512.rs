//! Two taps of sixteen channels at a time, by `vpmaddwd`.

use std::arch::x86_64::*;
use std::ops::Range;

use super::WordsDepthwise;
use crate::depthwise::Taps;
use crate::product::panels::{PANEL, lanes};

/// Sums the sixteen channels from `channel` on, or those that there are, of filters of `TAPS` taps; 0 stands for any number.
///
/// # Safety
/// As [`Depthwise::positions`](crate::depthwise::Depthwise::positions); the processor has AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn sum<const TAPS: usize>(
    depthwise: &WordsDepthwise,
    taps: Taps<'_>,
    run: Range<usize>,
    channel: usize,
    sums: &mut [[i32; PANEL]],
) {
    let mask = lanes(depthwise.channels - channel);
    let count = if TAPS == 0 { taps.count() } else { TAPS };
    let stride = depthwise.padded() * 2;
    for (position, sums) in run.zip(sums) {
        // SAFETY: the caller's promise; loads of operands are masked, weights and biases filled up to whole panels.
        unsafe {
            let load = |tap: usize| {
                let pointer = taps.at(position, tap).cast::<i16>().add(channel);
                _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, pointer))
            };
            let mut total = _mm512_loadu_epi32(depthwise.bias.as_slice().as_ptr().add(channel));
            let weights = depthwise.pairs.as_slice().as_ptr().add(channel * 2);
            for pair in 0..count.div_ceil(2) {
                // The weight of a tap that is missing is zero.
                let second = load((pair * 2 + 1).min(count - 1));
                let pairs = _mm512_or_si512(load(pair * 2), _mm512_slli_epi32::<16>(second));
                let weight = _mm512_loadu_epi16(weights.add(pair * stride));
                total = _mm512_add_epi32(total, _mm512_madd_epi16(pairs, weight));
            }
            _mm512_storeu_epi32(sums.as_mut_ptr(), total);
        }
    }
}
