//! Two taps of sixteen channels at a time, by `vpmaddwd`.

use std::arch::x86_64::*;

use super::WordsDepthwise;
use crate::product::panels::PANEL;
use crate::product::panels::lanes;

/// Sums the sixteen channels from `channel` on, or those that there are.
///
/// # Safety
/// As [`Depthwise::positions`](crate::depthwise::Depthwise::positions); the processor has AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn sum(
    depthwise: &WordsDepthwise,
    taps: &[*const u8],
    channel: usize,
    sums: &mut [i32; PANEL],
) {
    let mask = lanes(depthwise.channels - channel);
    // SAFETY: the caller's promise; loads of operands are masked, weights and biases filled up to whole panels.
    unsafe {
        let load = |tap: *const u8| {
            _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(
                mask,
                tap.cast::<i16>().add(channel),
            ))
        };
        let mut total = _mm512_loadu_epi32(depthwise.bias.as_slice().as_ptr().add(channel));
        let mut weights = depthwise.pairs.as_slice().as_ptr().add(channel * 2);
        for taps in taps.chunks(2) {
            // The weight of a tap that is missing is zero.
            let second = load(taps[taps.len() - 1]);
            let pairs = _mm512_or_si512(load(taps[0]), _mm512_slli_epi32::<16>(second));
            let weight = _mm512_loadu_epi16(weights);
            total = _mm512_add_epi32(total, _mm512_madd_epi16(pairs, weight));
            weights = weights.add(depthwise.padded() * 2);
        }
        _mm512_storeu_epi32(sums.as_mut_ptr(), total);
    }
}
