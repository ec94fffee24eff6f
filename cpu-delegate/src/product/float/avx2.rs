//! Fused multiply-adds of eight floats.

use std::arch::x86_64::*;

use bytemuck::Pod;
use half::f16;

use super::FloatProduct;
use crate::product::panels::{PANEL, Panels};
use crate::product::stores::store_floats;
use crate::product::{Product, Rows, Sums, Tile};
use crate::target::Target;

/// Rows and panels of a tile, of a product of so many rows. The sums of a single row wait for each other, so that it has more panels.
pub(super) fn tile(rows: usize) -> (usize, usize) {
    if rows == 1 { (1, 4) } else { (6, 1) }
}

/// A weight that is widened in registers.
pub(super) trait Weight: Pod {
    /// Eight weights as floats.
    ///
    /// # Safety
    /// Eight weights are there; the processor has AVX2 and F16C.
    unsafe fn load(from: *const Self) -> __m256;
}

impl Weight for f32 {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn load(from: *const Self) -> __m256 {
        // SAFETY: the caller's promise.
        unsafe { _mm256_loadu_ps(from) }
    }
}

impl Weight for f16 {
    #[inline]
    #[target_feature(enable = "avx2,f16c")]
    unsafe fn load(from: *const Self) -> __m256 {
        // SAFETY: the caller's promise.
        unsafe { _mm256_cvtph_ps(_mm_loadu_si128(from.cast())) }
    }
}

/// Sums one tile; `FUSED` rounds each product and sum once, not twice.
///
/// # Safety
/// As [`Product::accumulate`](crate::product::Product::accumulate); the processor has AVX2, FMA and F16C.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn accumulate<T: Weight, const FUSED: bool>(
    weights: &Panels<T>,
    rows: Rows,
    (panel, panels): (usize, usize),
    sums: &mut Sums<f32>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match (panels, rows.count) {
            (1, 1) => sum::<T, 1, 1, FUSED>(weights, rows, panel, sums),
            (2, 1) => sum::<T, 1, 2, FUSED>(weights, rows, panel, sums),
            (3, 1) => sum::<T, 1, 3, FUSED>(weights, rows, panel, sums),
            (_, 1) => sum::<T, 1, 4, FUSED>(weights, rows, panel, sums),
            (_, 2) => sum::<T, 2, 1, FUSED>(weights, rows, panel, sums),
            (_, 3 | 4) => sum::<T, 4, 1, FUSED>(weights, rows, panel, sums),
            (_, _) => sum::<T, 6, 1, FUSED>(weights, rows, panel, sums),
        }
    }
}

#[expect(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and so the sums stay in registers"
)]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn sum<T: Weight, const ROWS: usize, const PANELS: usize, const FUSED: bool>(
    panels: &Panels<T>,
    rows: Rows,
    panel: usize,
    sums: &mut Sums<f32>,
) {
    let stride = panels.stride();
    // SAFETY: the caller's promise; the panels are there.
    unsafe {
        let mut totals = [[[_mm256_setzero_ps(); 2]; PANELS]; ROWS];
        let mut weights = panels.panel(panel);
        for tap in 0..panels.taps() {
            let at: [*const u8; ROWS] = rows.at(tap);
            for channel in 0..panels.groups() {
                let columns: [[__m256; 2]; PANELS] = std::array::from_fn(|p| {
                    let weights = weights.add(p * stride);
                    [T::load(weights), T::load(weights.add(PANEL / 2))]
                });
                weights = weights.add(PANEL);
                for row in 0..ROWS {
                    let operand =
                        _mm256_set1_ps(at[row].cast::<f32>().add(channel).read_unaligned());
                    for p in 0..PANELS {
                        for half in 0..2 {
                            let (total, column) = (totals[row][p][half], columns[p][half]);
                            totals[row][p][half] = if FUSED {
                                _mm256_fmadd_ps(operand, column, total)
                            } else {
                                _mm256_add_ps(total, _mm256_mul_ps(operand, column))
                            };
                        }
                    }
                }
            }
        }
        for row in 0..ROWS {
            for p in 0..PANELS {
                let target = sums.0[row * PANELS + p].as_mut_ptr();
                _mm256_storeu_ps(target, totals[row][p][0]);
                _mm256_storeu_ps(target.add(PANEL / 2), totals[row][p][1]);
            }
        }
    }
}

/// Adds the bias, clamps and writes.
///
/// # Safety
/// `target` has room for the tile; the processor has AVX2.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn finish(
    product: &FloatProduct,
    tile: Tile,
    sums: &Sums<f32>,
    target: Target<f32>,
) {
    // NaN stays: of two operands of which one is NaN these give the second.
    let (low, high) = (
        _mm256_set1_ps(product.clamp.0),
        _mm256_set1_ps(product.clamp.1),
    );
    for p in 0..tile.panels {
        let channel = (tile.panel + p) * PANEL;
        let bias = product.bias.as_slice()[channel..][..PANEL].as_ptr();
        let count = PANEL.min(product.channels() - channel);
        for row in 0..tile.rows {
            let sums = sums.0[row * tile.panels + p].as_ptr();
            // SAFETY: sixteen elements are there, and `count` of them where they are written.
            unsafe {
                let output = |half: usize| {
                    let at = half * PANEL / 2;
                    let sum =
                        _mm256_add_ps(_mm256_loadu_ps(sums.add(at)), _mm256_loadu_ps(bias.add(at)));
                    _mm256_min_ps(high, _mm256_max_ps(low, sum))
                };
                let outputs = [output(0), output(1)];
                let first = target.first.add((tile.row + row) * target.stride + channel);
                store_floats(first, outputs, count);
            }
        }
    }
}
