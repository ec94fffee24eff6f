//! Two taps of sixteen channels at a time, by `vpmaddwd`.

use std::arch::x86_64::*;

use super::WordsDepthwise;
use crate::product::panels::PANEL;

/// Sums the sixteen channels from `channel` on.
///
/// # Safety
/// As [`Depthwise::positions`](crate::depthwise::Depthwise::positions); there are sixteen channels, and the processor has AVX2.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn sum(
    depthwise: &WordsDepthwise,
    taps: &[*const u8],
    channel: usize,
    sums: &mut [i32; PANEL],
) {
    // SAFETY: the caller's promise; weights and biases are filled up to whole panels.
    unsafe {
        let load = |tap: *const u8| _mm256_loadu_si256(tap.cast::<i16>().add(channel).cast());
        // Words are interleaved within halves of a vector: 0-3 and 8-11, then 4-7 and 12-15.
        let mut low = _mm256_setzero_si256();
        let mut high = _mm256_setzero_si256();
        let mut weights = depthwise.pairs.as_slice().as_ptr().add(channel * 2);
        for taps in taps.chunks(2) {
            let first = load(taps[0]);
            // The weight of a tap that is missing is zero.
            let second = load(taps[taps.len() - 1]);
            let (near, far) = (
                _mm256_loadu_si256(weights.cast()),
                _mm256_loadu_si256(weights.cast::<__m256i>().add(1)),
            );
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
            weights = weights.add(depthwise.padded() * 2);
        }
        let bias = depthwise
            .bias
            .as_slice()
            .as_ptr()
            .add(channel)
            .cast::<__m256i>();
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
