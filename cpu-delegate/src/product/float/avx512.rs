//! Fused multiply-adds of sixteen floats.

use std::arch::x86_64::*;

use bytemuck::Pod;
use half::f16;

use super::FloatProduct;
use crate::product::panels::{self, PANEL, Panels, lanes};
use crate::product::{Rows, Tile};
use crate::target::Target;

/// Rows and panels of a tile, of a product of so many rows and panels. Each tile widens weights of 16 bits anew, and so more rows share
/// them.
pub(super) fn tile(rows: usize, panels: usize, halves: bool) -> (usize, usize) {
    if halves && rows > 1 && panels.is_multiple_of(2) {
        (14, 2)
    } else {
        panels::tile(rows, panels)
    }
}

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

/// Sums one tile, adds the bias, clamps and writes; `FUSED` rounds each product and sum once, not twice.
///
/// # Safety
/// As [`Product::compute`](crate::product::Product::compute); the processor has AVX-512.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn compute<T: Weight, const FUSED: bool>(
    weights: (&FloatProduct, &Panels<T>),
    rows: Rows,
    tile: Tile,
    target: Target<f32>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match (tile.panels, tile.rows) {
            (1, 1) => sum::<T, 1, 1, FUSED>(weights, rows, tile, target),
            (2, 1) => sum::<T, 1, 2, FUSED>(weights, rows, tile, target),
            (3, 1) => sum::<T, 1, 3, FUSED>(weights, rows, tile, target),
            (4, 1) => sum::<T, 1, 4, FUSED>(weights, rows, tile, target),
            (5, 1) => sum::<T, 1, 5, FUSED>(weights, rows, tile, target),
            (6, 1) => sum::<T, 1, 6, FUSED>(weights, rows, tile, target),
            (7, 1) => sum::<T, 1, 7, FUSED>(weights, rows, tile, target),
            (8, 1) => sum::<T, 1, 8, FUSED>(weights, rows, tile, target),
            (1, 2..=4) => sum::<T, 4, 1, FUSED>(weights, rows, tile, target),
            (1, 5..=8) => sum::<T, 8, 1, FUSED>(weights, rows, tile, target),
            (1, _) => sum::<T, 16, 1, FUSED>(weights, rows, tile, target),
            (2, 2..=4) => sum::<T, 4, 2, FUSED>(weights, rows, tile, target),
            (2, 5..=8) => sum::<T, 8, 2, FUSED>(weights, rows, tile, target),
            (2, 9..=12) => sum::<T, 12, 2, FUSED>(weights, rows, tile, target),
            (2, _) => sum::<T, 14, 2, FUSED>(weights, rows, tile, target),
            (3, 2..=4) => sum::<T, 4, 3, FUSED>(weights, rows, tile, target),
            (3, _) => sum::<T, 8, 3, FUSED>(weights, rows, tile, target),
            (_, 2) => sum::<T, 2, 4, FUSED>(weights, rows, tile, target),
            (_, 3 | 4) => sum::<T, 4, 4, FUSED>(weights, rows, tile, target),
            (_, _) => sum::<T, 6, 4, FUSED>(weights, rows, tile, target),
        }
    }
}

#[expect(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and so the sums stay in registers"
)]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
unsafe fn sum<T: Weight, const ROWS: usize, const PANELS: usize, const FUSED: bool>(
    (product, panels): (&FloatProduct, &Panels<T>),
    rows: Rows,
    tile: Tile,
    target: Target<f32>,
) {
    let stride = panels.stride();
    // SAFETY: the caller's promise; the panels are there. The mask leaves what lies beyond the channels alone.
    unsafe {
        let mut totals = [[_mm512_setzero_ps(); PANELS]; ROWS];
        let mut weights = panels.panel(tile.panel);
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
        // NaN stays: of two operands of which one is NaN these give the second.
        let (low, high) = (
            _mm512_set1_ps(product.clamp.0),
            _mm512_set1_ps(product.clamp.1),
        );
        for p in 0..PANELS {
            let channel = (tile.panel + p) * PANEL;
            let bias = _mm512_loadu_ps(product.bias.as_slice()[channel..][..PANEL].as_ptr());
            let mask = lanes(panels.channels() - channel);
            for row in 0..ROWS {
                // The tile may have more rows than there are.
                if row >= tile.rows {
                    break;
                }
                let sum = _mm512_add_ps(totals[row][p], bias);
                let output = _mm512_min_ps(high, _mm512_max_ps(low, sum));
                let first = target.first.add((tile.row + row) * target.stride + channel);
                _mm512_mask_storeu_ps(first, mask, output);
            }
        }
    }
}
