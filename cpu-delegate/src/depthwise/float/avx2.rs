//! Eight channels at a time.

use std::arch::x86_64::*;

use super::FloatDepthwise;
use crate::product::panels::PANEL;
use crate::target::Target;

/// Computes whole vectors of eight channels, of filters of `TAPS` taps; 0 stands for any number.
///
/// # Safety
/// As [`Depthwise::positions`](crate::depthwise::Depthwise::positions); the processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn positions<const TAPS: usize>(
    depthwise: &FloatDepthwise,
    taps: &[*const u8],
    target: Target<f32>,
) {
    let (low, high) = (
        _mm256_set1_ps(depthwise.clamp.0),
        _mm256_set1_ps(depthwise.clamp.1),
    );
    let count = if TAPS == 0 { depthwise.taps } else { TAPS };
    for (position, taps) in taps.chunks_exact(count).enumerate() {
        for channel in (0..depthwise.channels / 8 * 8).step_by(8) {
            // SAFETY: the caller's promise; there are eight channels.
            unsafe {
                let bias = depthwise.bias.as_slice().as_ptr().add(channel);
                let weights = channel / PANEL * PANEL * count + channel % PANEL;
                let weights = depthwise.weights.as_slice().as_ptr().add(weights);
                let mut sum = _mm256_setzero_ps();
                for tap in 0..count {
                    let operand =
                        _mm256_loadu_ps(taps.get_unchecked(tap).cast::<f32>().add(channel));
                    let weight = _mm256_loadu_ps(weights.add(tap * PANEL));
                    // Two roundings and one sum, in the order of the reference: memory is slower than they are.
                    sum = _mm256_add_ps(sum, _mm256_mul_ps(operand, weight));
                }
                let sum = _mm256_min_ps(
                    high,
                    _mm256_max_ps(low, _mm256_add_ps(sum, _mm256_loadu_ps(bias))),
                );
                _mm256_storeu_ps(target.first.add(position * target.stride + channel), sum);
            }
        }
    }
}
