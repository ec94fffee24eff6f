//! Sixteen channels at a time.

use std::arch::x86_64::*;

use super::FloatDepthwise;
use crate::depthwise::Taps;
use crate::product::panels::{PANEL, lanes};
use crate::target::Target;

/// Channels of a vector.
const SIDE: usize = 16;

/// Positions whose sums stay in registers beside the nine weights.
const TILE: usize = 8;

/// Computes all channels; `FUSED` rounds each product and sum once, not twice.
///
/// # Safety
/// As [`Depthwise::positions`](crate::depthwise::Depthwise::positions); the processor has AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn positions<const FUSED: bool>(
    depthwise: &FloatDepthwise,
    taps: Taps<'_>,
    target: Target<f32>,
) {
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
                Some(1) => run.columns::<1, FUSED>(),
                Some(2) => run.columns::<2, FUSED>(),
                _ => run.any::<FUSED>(),
            }
        }
    }
}

/// Sums with a product each.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn add_product<const FUSED: bool>(sums: __m512, operand: __m512, weight: __m512) -> __m512 {
    if FUSED {
        _mm512_fmadd_ps(operand, weight, sums)
    } else {
        _mm512_add_ps(sums, _mm512_mul_ps(operand, weight))
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

    /// Computes filters of three rows and three columns that move by `STEP` columns.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn columns<const STEP: usize, const FUSED: bool>(&self) {
        // SAFETY: the caller's promise.
        unsafe {
            let weights: [__m512; 9] = std::array::from_fn(|tap| self.weight(tap));
            let count = self.taps.positions;
            let mut position = 0;
            while position + TILE <= count {
                self.tile::<STEP, TILE, FUSED>(position, &weights);
                position += TILE;
            }
            if position + TILE / 2 <= count {
                self.tile::<STEP, { TILE / 2 }, FUSED>(position, &weights);
                position += TILE / 2;
            }
            for position in position..count {
                self.tile::<STEP, 1, FUSED>(position, &weights);
            }
        }
    }

    /// Computes positions that follow each other, reading each column once for all that meet it.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn tile<const STEP: usize, const COUNT: usize, const FUSED: bool>(
        &self,
        position: usize,
        weights: &[__m512; 9],
    ) {
        let mut sums = [_mm512_setzero_ps(); COUNT];
        // One sum, in the order of the reference.
        for row in 0..3 {
            for column in 0..(COUNT - 1) * STEP + 3 {
                // SAFETY: the caller's promise.
                let operand = unsafe {
                    let pointer = self.taps.column(position * STEP + column, row);
                    _mm512_maskz_loadu_ps(self.mask, pointer.cast::<f32>().add(self.channel))
                };
                for (index, sum) in sums.iter_mut().enumerate() {
                    let tap = column.wrapping_sub(index * STEP);
                    if tap < 3 {
                        *sum = add_product::<FUSED>(*sum, operand, weights[row * 3 + tap]);
                    }
                }
            }
        }
        for (index, sums) in sums.into_iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { self.write(position + index, sums) };
        }
    }

    /// Computes filters of any size.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn any<const FUSED: bool>(&self) {
        // SAFETY: the caller's promise.
        unsafe {
            for position in 0..self.taps.positions {
                let mut sums = _mm512_setzero_ps();
                for tap in 0..self.taps.count() {
                    let operand = self.operand(position, tap);
                    sums = add_product::<FUSED>(sums, operand, self.weight(tap));
                }
                self.write(position, sums);
            }
        }
    }
}
