//! Fused multiply-adds of eight floats.

use std::arch::x86_64::*;

use bytemuck::Pod;
use half::f16;

use super::FloatProduct;
use crate::product::panels::{PANEL, Panels};
use crate::product::stores::store_floats;
use crate::product::{Rows, Tile};
use crate::target::Target;

/// Rows of a tile of a whole panel.
const ROWS: usize = 6;

/// Rows and panels of a tile, of a product of so many rows and output channels. The sums of a single row wait for each other, so that it
/// has more panels; twice as many rows share half a panel.
pub(super) fn tile(rows: usize, channels: usize) -> (usize, usize) {
    match channels % PANEL {
        _ if rows == 1 => (1, 4),
        1..=HALF => (2 * ROWS, 1),
        _ => (ROWS, 1),
    }
}

/// Channels of a vector.
const HALF: usize = PANEL / 2;

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

/// Sums one tile, adds the bias, clamps and writes; `FUSED` rounds each product and sum once, not twice.
///
/// # Safety
/// As [`Product::compute`](crate::product::Product::compute); the processor has AVX2, FMA and F16C.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn compute<T: Weight, const FUSED: bool>(
    weights: (&FloatProduct, &Panels<T>),
    rows: Rows,
    tile: Tile,
    target: Target<f32>,
) {
    let is_half = weights.1.channels() - tile.panel * PANEL <= HALF;
    // SAFETY: the caller's promise.
    unsafe {
        match (tile.panels, tile.rows) {
            (1, 1) => sum::<T, 1, 1, 2, FUSED>(weights, rows, tile, target),
            (2, 1) => sum::<T, 1, 2, 2, FUSED>(weights, rows, tile, target),
            (3, 1) => sum::<T, 1, 3, 2, FUSED>(weights, rows, tile, target),
            (_, 1) => sum::<T, 1, 4, 2, FUSED>(weights, rows, tile, target),
            (_, 2) => sum::<T, 2, 1, 2, FUSED>(weights, rows, tile, target),
            (_, 3 | 4) => sum::<T, 4, 1, 2, FUSED>(weights, rows, tile, target),
            (_, 5 | 6) => sum::<T, 6, 1, 2, FUSED>(weights, rows, tile, target),
            _ if is_half => sum::<T, 12, 1, 1, FUSED>(weights, rows, tile, target),
            _ => {
                let (first, rest) = (tile.rows(0..ROWS), tile.rows(ROWS..tile.rows));
                sum::<T, 6, 1, 2, FUSED>(weights, rows, first, target);
                compute::<T, FUSED>(weights, rows.from(ROWS), rest, target);
            }
        }
    }
}

#[expect(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and so the sums stay in registers"
)]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn sum<
    T: Weight,
    const ROWS: usize,
    const PANELS: usize,
    const HALVES: usize,
    const FUSED: bool,
>(
    (product, panels): (&FloatProduct, &Panels<T>),
    rows: Rows,
    tile: Tile,
    target: Target<f32>,
) {
    let stride = panels.stride();
    // SAFETY: the caller's promise; the panels are there.
    unsafe {
        let mut totals = [[[_mm256_setzero_ps(); HALVES]; PANELS]; ROWS];
        let mut weights = panels.panel(tile.panel);
        for tap in 0..panels.taps() {
            let at: [*const u8; ROWS] = rows.at(tap);
            for channel in 0..panels.groups() {
                let columns: [[__m256; HALVES]; PANELS] = std::array::from_fn(|p| {
                    let weights = weights.add(p * stride);
                    std::array::from_fn(|half| T::load(weights.add(half * HALF)))
                });
                weights = weights.add(PANEL);
                for row in 0..ROWS {
                    let operand =
                        _mm256_set1_ps(at[row].cast::<f32>().add(channel).read_unaligned());
                    for p in 0..PANELS {
                        for half in 0..HALVES {
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
        // NaN stays: of two operands of which one is NaN these give the second.
        let (low, high) = (
            _mm256_set1_ps(product.clamp.0),
            _mm256_set1_ps(product.clamp.1),
        );
        for p in 0..PANELS {
            let channel = (tile.panel + p) * PANEL;
            let bias = product.bias.as_slice()[channel..][..PANEL].as_ptr();
            let count = PANEL.min(panels.channels() - channel);
            for row in 0..ROWS {
                // The tile may have more rows than there are.
                if row >= tile.rows {
                    break;
                }
                let output = |half: usize| {
                    let bias = _mm256_loadu_ps(bias.add(half * HALF));
                    let sum = _mm256_add_ps(totals[row][p][half], bias);
                    _mm256_min_ps(high, _mm256_max_ps(low, sum))
                };
                // Of half a panel the second vector is not written.
                let outputs = [output(0), output(HALVES - 1)];
                let first = target.first.add((tile.row + row) * target.stride + channel);
                store_floats(first, outputs, count);
            }
        }
    }
}
