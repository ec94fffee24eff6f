//! Two taps of sixteen channels at a time, by `vpmaddwd`.

use std::arch::x86_64::*;
use std::ops::Range;

use super::WordsDepthwise;
use crate::depthwise::Taps;
use crate::product::panels::PANEL;

/// Sums the sixteen channels from `channel` on, of filters of `TAPS` taps; 0 stands for any number.
///
/// # Safety
/// As [`Depthwise::positions`](crate::depthwise::Depthwise::positions); there are sixteen channels, and the processor has AVX2.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn sum<const TAPS: usize>(
    depthwise: &WordsDepthwise,
    taps: Taps<'_>,
    run: Range<usize>,
    channel: usize,
    sums: &mut [[i32; PANEL]],
) {
    let count = if TAPS == 0 { taps.count() } else { TAPS };
    let stride = depthwise.padded() * 2;
    for (position, sums) in run.zip(sums) {
        // SAFETY: the caller's promise; weights and biases are filled up to whole panels.
        unsafe {
            let load = |tap: usize| {
                let pointer = taps.at(position, tap).cast::<i16>().add(channel);
                _mm256_loadu_si256(pointer.cast())
            };
            // Words are interleaved within halves of a vector: 0-3 and 8-11, then 4-7 and 12-15.
            let mut low = _mm256_setzero_si256();
            let mut high = _mm256_setzero_si256();
            let weights = depthwise.pairs.as_slice().as_ptr().add(channel * 2);
            for pair in 0..count.div_ceil(2) {
                let first = load(pair * 2);
                // The weight of a tap that is missing is zero.
                let second = load((pair * 2 + 1).min(count - 1));
                let weights = weights.add(pair * stride).cast::<__m256i>();
                let near = _mm256_loadu_si256(weights);
                let far = _mm256_loadu_si256(weights.add(1));
                let left = _mm256_permute2x128_si256::<0x20>(near, far);
                let right = _mm256_permute2x128_si256::<0x31>(near, far);
                low = _mm256_add_epi32(
                    low,
                    _mm256_madd_epi16(_mm256_unpacklo_epi16(first, second), left),
                );
                high = _mm256_add_epi32(
                    high,
                    _mm256_madd_epi16(_mm256_unpackhi_epi16(first, second), right),
                );
            }
            let bias = depthwise.bias.as_slice().as_ptr().add(channel);
            let bias = bias.cast::<__m256i>();
            let near = _mm256_add_epi32(
                _mm256_permute2x128_si256::<0x20>(low, high),
                _mm256_loadu_si256(bias),
            );
            let far = _mm256_add_epi32(
                _mm256_permute2x128_si256::<0x31>(low, high),
                _mm256_loadu_si256(bias.add(1)),
            );
            let target = sums.as_mut_ptr().cast::<__m256i>();
            _mm256_storeu_si256(target, near);
            _mm256_storeu_si256(target.add(1), far);
        }
    }
}
