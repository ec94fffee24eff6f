//! Fused multiply-adds of sixteen floats.

use std::arch::x86_64::*;

use bytemuck::Pod;
use half::f16;

use super::FloatProduct;
use crate::product::panels::{PANEL, Panels, lanes};
use crate::product::{Product, Rows, Sums, Tile};
use crate::target::Target;

/// A weight that is widened in registers.
pub(super) trait Weight: Pod {
    /// Sixteen weights as floats.
    ///
    /// # Safety
    /// Sixteen weights are there; the processor has AVX-512.
    unsafe fn load(from: *const Self) -> __m512;
}

impl Weight for f32 {
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn load(from: *const Self) -> __m512 {
        // SAFETY: the caller's promise.
        unsafe { _mm512_loadu_ps(from) }
    }
}

impl Weight for f16 {
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn load(from: *const Self) -> __m512 {
        // SAFETY: the caller's promise.
        unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(from.cast())) }
    }
}

/// Sums one tile; `FUSED` rounds each product and sum once, not twice.
///
/// # Safety
/// As [`Product::accumulate`](crate::product::Product::accumulate); the processor has AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn accumulate<T: Weight, const FUSED: bool>(
    weights: &Panels<T>,
    rows: Rows,
    (panel, panels): (usize, usize),
    sums: &mut Sums<f32>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match (panels, rows.count) {
            (1, 1) => tile::<T, 1, 1, FUSED>(weights, rows, panel, sums),
            (2, 1) => tile::<T, 1, 2, FUSED>(weights, rows, panel, sums),
            (3, 1) => tile::<T, 1, 3, FUSED>(weights, rows, panel, sums),
            (4, 1) => tile::<T, 1, 4, FUSED>(weights, rows, panel, sums),
            (5, 1) => tile::<T, 1, 5, FUSED>(weights, rows, panel, sums),
            (6, 1) => tile::<T, 1, 6, FUSED>(weights, rows, panel, sums),
            (7, 1) => tile::<T, 1, 7, FUSED>(weights, rows, panel, sums),
            (8, 1) => tile::<T, 1, 8, FUSED>(weights, rows, panel, sums),
            (1, 2..=4) => tile::<T, 4, 1, FUSED>(weights, rows, panel, sums),
            (1, 5..=8) => tile::<T, 8, 1, FUSED>(weights, rows, panel, sums),
            (1, _) => tile::<T, 16, 1, FUSED>(weights, rows, panel, sums),
            (2, 2..=4) => tile::<T, 4, 2, FUSED>(weights, rows, panel, sums),
            (2, 5..=8) => tile::<T, 8, 2, FUSED>(weights, rows, panel, sums),
            (2, _) => tile::<T, 12, 2, FUSED>(weights, rows, panel, sums),
            (3, 2..=4) => tile::<T, 4, 3, FUSED>(weights, rows, panel, sums),
            (3, _) => tile::<T, 8, 3, FUSED>(weights, rows, panel, sums),
            (_, 2) => tile::<T, 2, 4, FUSED>(weights, rows, panel, sums),
            (_, 3 | 4) => tile::<T, 4, 4, FUSED>(weights, rows, panel, sums),
            (_, _) => tile::<T, 6, 4, FUSED>(weights, rows, panel, sums),
        }
    }
}

#[expect(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and so the sums stay in registers"
)]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
unsafe fn tile<T: Weight, const ROWS: usize, const PANELS: usize, const FUSED: bool>(
    panels: &Panels<T>,
    rows: Rows,
    panel: usize,
    sums: &mut Sums<f32>,
) {
    let stride = panels.stride();
    // SAFETY: the caller's promise; the panels are there.
    unsafe {
        let mut totals = [[_mm512_setzero_ps(); PANELS]; ROWS];
        let mut weights = panels.panel(panel);
        for tap in 0..panels.taps() {
            let at: [*const u8; ROWS] = rows.at(tap);
            for channel in 0..panels.groups() {
                let columns: [__m512; PANELS] =
                    std::array::from_fn(|p| T::load(weights.add(p * stride)));
                weights = weights.add(PANEL);
                for row in 0..ROWS {
                    let operand =
                        _mm512_set1_ps(at[row].cast::<f32>().add(channel).read_unaligned());
                    for p in 0..PANELS {
                        totals[row][p] = if FUSED {
                            _mm512_fmadd_ps(operand, columns[p], totals[row][p])
                        } else {
                            _mm512_add_ps(totals[row][p], _mm512_mul_ps(operand, columns[p]))
                        };
                    }
                }
            }
        }
        for row in 0..ROWS {
            for p in 0..PANELS {
                _mm512_store_ps(sums.0[row * PANELS + p].as_mut_ptr(), totals[row][p]);
            }
        }
    }
}

/// Adds the bias, clamps and writes.
///
/// # Safety
/// `target` has room for the tile; the processor has AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn finish(
    product: &FloatProduct,
    tile: Tile,
    sums: &Sums<f32>,
    target: Target<f32>,
) {
    // NaN stays: of two operands of which one is NaN these give the second.
    let (low, high) = (
        _mm512_set1_ps(product.clamp.0),
        _mm512_set1_ps(product.clamp.1),
    );
    for p in 0..tile.panels {
        let channel = (tile.panel + p) * PANEL;
        let bias = &product.bias.as_slice()[channel..][..PANEL];
        let mask = lanes(product.channels() - channel);
        for row in 0..tile.rows {
            let sums = &sums.0[row * tile.panels + p];
            // SAFETY: sixteen elements are there; the mask leaves what lies beyond the channels alone.
            unsafe {
                let sum = _mm512_add_ps(
                    _mm512_loadu_ps(sums.as_ptr()),
                    _mm512_loadu_ps(bias.as_ptr()),
                );
                let output = _mm512_min_ps(high, _mm512_max_ps(low, sum));
                let first = target.first.add((tile.row + row) * target.stride + channel);
                _mm512_mask_storeu_ps(first, mask, output);
            }
        }
    }
}
