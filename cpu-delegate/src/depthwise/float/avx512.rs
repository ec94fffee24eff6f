//! Sixteen channels at a time.

use std::arch::x86_64::*;

use super::FloatDepthwise;
use crate::depthwise::Taps;
use crate::product::panels::{PANEL, lanes};
use crate::target::Target;

/// Channels of a vector.
const SIDE: usize = 16;

/// Computes all channels.
///
/// # Safety
/// As [`Depthwise::positions`](crate::depthwise::Depthwise::positions); the processor has AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn positions(depthwise: &FloatDepthwise, taps: Taps<'_>, target: Target<f32>) {
    for channel in (0..depthwise.channels).step_by(SIDE) {
        let weights = channel * depthwise.taps;
        let run = Run {
            taps,
            target,
            channel,
            mask: lanes(depthwise.channels - channel),
            weights: depthwise.weights.as_slice()[weights..].as_ptr(),
            bias: depthwise.bias.as_slice()[channel..][..SIDE].as_ptr(),
            clamp: depthwise.clamp,
        };
        // SAFETY: the caller's promise; weights and biases are filled up to whole vectors.
        unsafe {
            match depthwise.step {
                Some(1) => run.columns::<1>(),
                Some(2) => run.columns::<2>(),
                Some(_) => run.columns::<3>(),
                None => run.any(),
            }
        }
    }
}

/// A vector of channels of a run of positions.
struct Run<'a> {
    taps: Taps<'a>,
    target: Target<f32>,
    /// The first channel.
    channel: usize,
    /// The channels that there are.
    mask: __mmask16,
    weights: *const f32,
    bias: *const f32,
    clamp: (f32, f32),
}

impl Run<'_> {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn operand(&self, position: usize, tap: usize) -> __m512 {
        // SAFETY: the caller's promise.
        unsafe {
            let pointer = self.taps.at(position, tap).cast::<f32>().add(self.channel);
            _mm512_maskz_loadu_ps(self.mask, pointer)
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn weight(&self, tap: usize) -> __m512 {
        // SAFETY: the caller's promise.
        unsafe { _mm512_loadu_ps(self.weights.add(tap * PANEL)) }
    }

    /// Adds the bias, clamps and writes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn write(&self, position: usize, sums: __m512) {
        let (low, high) = (_mm512_set1_ps(self.clamp.0), _mm512_set1_ps(self.clamp.1));
        // SAFETY: the caller's promise.
        unsafe {
            let outputs = _mm512_add_ps(sums, _mm512_loadu_ps(self.bias));
            // NaN stays: of two operands of which one is NaN these give the second.
            let outputs = _mm512_min_ps(high, _mm512_max_ps(low, outputs));
            let first = self
                .target
                .first
                .add(position * self.target.stride + self.channel);
            _mm512_mask_storeu_ps(first, self.mask, outputs);
        }
    }

    /// Computes filters of three rows and three columns, whose columns are read again `STEP` places further on.
    #[expect(
        clippy::needless_range_loop,
        reason = "loops over constants are unrolled, and so the columns stay in registers"
    )]
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn columns<const STEP: usize>(&self) {
        // SAFETY: the caller's promise.
        unsafe {
            let weights: [__m512; 9] = std::array::from_fn(|tap| self.weight(tap));
            let mut columns = [[_mm512_setzero_ps(); 3]; 3];
            for index in STEP..3 {
                for row in 0..3 {
                    columns[index][row] = self.operand(0, row * 3 + index - STEP);
                }
            }
            for position in 0..self.taps.positions {
                for index in 0..3 {
                    for row in 0..3 {
                        columns[index][row] = if index + STEP < 3 {
                            columns[index + STEP][row]
                        } else {
                            self.operand(position, row * 3 + index)
                        };
                    }
                }
                // Two roundings and one sum, in the order of the reference: memory is slower than they are.
                let mut sums = _mm512_setzero_ps();
                for tap in 0..9 {
                    let product = _mm512_mul_ps(columns[tap % 3][tap / 3], weights[tap]);
                    sums = _mm512_add_ps(sums, product);
                }
                self.write(position, sums);
            }
        }
    }

    /// Computes filters of any size.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn any(&self) {
        // SAFETY: the caller's promise.
        unsafe {
            for position in 0..self.taps.positions {
                let mut sums = _mm512_setzero_ps();
                for tap in 0..self.taps.count() {
                    let product = _mm512_mul_ps(self.operand(position, tap), self.weight(tap));
                    sums = _mm512_add_ps(sums, product);
                }
                self.write(position, sums);
            }
        }
    }
}
