//! Sixteen channels at a time.

use std::arch::x86_64::*;

use super::FloatDepthwise;
use crate::product::panels::PANEL;
use crate::product::panels::lanes;
use crate::target::Target;

/// Computes positions of filters of `TAPS` taps; 0 stands for any number.
///
/// # Safety
/// As [`Depthwise::positions`](crate::depthwise::Depthwise::positions); the processor has AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn positions<const TAPS: usize>(
    depthwise: &FloatDepthwise,
    taps: &[*const u8],
    target: Target<f32>,
) {
    let (low, high) = (
        _mm512_set1_ps(depthwise.clamp.0),
        _mm512_set1_ps(depthwise.clamp.1),
    );
    let count = if TAPS == 0 { depthwise.taps } else { TAPS };
    for (position, taps) in taps.chunks_exact(count).enumerate() {
        let mut bias = depthwise.bias.as_slice().as_ptr();
        let mut weights = depthwise.weights.as_slice().as_ptr();
        for channel in (0..depthwise.channels).step_by(PANEL) {
            let mask = lanes(depthwise.channels - channel);
            // SAFETY: the caller's promise; the weights are filled up to whole vectors.
            unsafe {
                let mut sum = _mm512_setzero_ps();
                for tap in 0..count {
                    let operand = _mm512_maskz_loadu_ps(
                        mask,
                        taps.get_unchecked(tap).cast::<f32>().add(channel),
                    );
                    let weight = _mm512_load_ps(weights.add(tap * PANEL));
                    // Two roundings and one sum, in the order of the reference: memory is slower than they are.
                    sum = _mm512_add_ps(sum, _mm512_mul_ps(operand, weight));
                }
                let sum = _mm512_min_ps(
                    high,
                    _mm512_max_ps(low, _mm512_add_ps(sum, _mm512_load_ps(bias))),
                );
                _mm512_mask_storeu_ps(
                    target.first.add(position * target.stride + channel),
                    mask,
                    sum,
                );
                bias = bias.add(PANEL);
                weights = weights.add(count * PANEL);
            }
        }
    }
}
