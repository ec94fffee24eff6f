//! Eight channels at a time.

use std::arch::x86_64::*;

use super::FloatDepthwise;
use crate::depthwise::Taps;
use crate::product::panels::PANEL;
use crate::target::Target;

/// Channels of a vector.
const SIDE: usize = 8;

/// Positions whose sums stay in registers beside the nine weights.
const TILE: usize = 4;

/// Computes whole vectors of channels; `FUSED` rounds each product and sum once, not twice.
///
/// # Safety
/// As [`Depthwise::positions`](crate::depthwise::Depthwise::positions); the processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn positions<const FUSED: bool>(
    depthwise: &FloatDepthwise,
    taps: Taps<'_>,
    target: Target<f32>,
) {
    for channel in (0..depthwise.channels / 8 * 8).step_by(SIDE) {
        let weights = channel / PANEL * PANEL * depthwise.taps + channel % PANEL;
        let run = Run {
            taps,
            target,
            channel,
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
#[target_feature(enable = "avx2,fma")]
fn add_product<const FUSED: bool>(sums: __m256, operand: __m256, weight: __m256) -> __m256 {
    if FUSED {
        _mm256_fmadd_ps(operand, weight, sums)
    } else {
        _mm256_add_ps(sums, _mm256_mul_ps(operand, weight))
    }
}

/// A vector of channels of a run of positions.
struct Run<'a> {
    taps: Taps<'a>,
    target: Target<f32>,
    /// The first channel.
    channel: usize,
    weights: *const f32,
    bias: *const f32,
    clamp: (f32, f32),
}

impl Run<'_> {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn operand(&self, position: usize, tap: usize) -> __m256 {
        // SAFETY: the caller's promise.
        unsafe {
            let pointer = self.taps.at(position, tap).cast::<f32>().add(self.channel);
            _mm256_loadu_ps(pointer)
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn weight(&self, tap: usize) -> __m256 {
        // SAFETY: the caller's promise.
        unsafe { _mm256_loadu_ps(self.weights.add(tap * PANEL)) }
    }

    /// Adds the bias, clamps and writes.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn write(&self, position: usize, sums: __m256) {
        let (low, high) = (_mm256_set1_ps(self.clamp.0), _mm256_set1_ps(self.clamp.1));
        // SAFETY: the caller's promise.
        unsafe {
            let outputs = _mm256_add_ps(sums, _mm256_loadu_ps(self.bias));
            // NaN stays: of two operands of which one is NaN these give the second.
            let outputs = _mm256_min_ps(high, _mm256_max_ps(low, outputs));
            let first = self
                .target
                .first
                .add(position * self.target.stride + self.channel);
            _mm256_storeu_ps(first, outputs);
        }
    }

    /// Computes filters of three rows and three columns that move by `STEP` columns.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn columns<const STEP: usize, const FUSED: bool>(&self) {
        // SAFETY: the caller's promise.
        unsafe {
            let weights: [__m256; 9] = std::array::from_fn(|tap| self.weight(tap));
            let count = self.taps.positions;
            let whole = count / TILE * TILE;
            for position in (0..whole).step_by(TILE) {
                self.tile::<STEP, TILE, FUSED>(position, &weights);
            }
            for position in whole..count {
                self.tile::<STEP, 1, FUSED>(position, &weights);
            }
        }
    }

    /// Computes positions that follow each other, reading each column once for all that meet it.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn tile<const STEP: usize, const COUNT: usize, const FUSED: bool>(
        &self,
        position: usize,
        weights: &[__m256; 9],
    ) {
        let mut sums = [_mm256_setzero_ps(); COUNT];
        // One sum, in the order of the reference.
        for row in 0..3 {
            for column in 0..(COUNT - 1) * STEP + 3 {
                // SAFETY: the caller's promise.
                let operand = unsafe {
                    let pointer = self.taps.column(position * STEP + column, row);
                    _mm256_loadu_ps(pointer.cast::<f32>().add(self.channel))
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
    #[target_feature(enable = "avx2,fma")]
    unsafe fn any<const FUSED: bool>(&self) {
        // SAFETY: the caller's promise.
        unsafe {
            for position in 0..self.taps.positions {
                let mut sums = _mm256_setzero_ps();
                for tap in 0..self.taps.count() {
                    let operand = self.operand(position, tap);
                    sums = add_product::<FUSED>(sums, operand, self.weight(tap));
                }
                self.write(position, sums);
            }
        }
    }
}
