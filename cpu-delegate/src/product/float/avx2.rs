//! Fused multiply-adds of eight floats.

use std::arch::x86_64::*;

use bytemuck::Pod;
use half::f16;

use crate::product::Sums;
use crate::product::panels::{PANEL, Panels};

/// Rows and panels of a tile.
pub(super) const TILE: (usize, usize) = (6, 1);
const ROWS: usize = TILE.0;

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
#[expect(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and so the sums stay in registers"
)]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn accumulate<T: Weight, const FUSED: bool>(
    panels: &Panels<T>,
    rows: *const *const u8,
    panel: usize,
    sums: &mut Sums<f32>,
) {
    // SAFETY: the caller's promise; the panel is there.
    unsafe {
        let mut totals = [[_mm256_setzero_ps(); 2]; ROWS];
        let mut weights = panels.panel(panel);
        let mut pointers = rows;
        for _ in 0..panels.taps() {
            let at: [*const u8; ROWS] = std::array::from_fn(|row| *pointers.add(row));
            pointers = pointers.add(ROWS);
            for channel in 0..panels.groups() {
                let columns = [T::load(weights), T::load(weights.add(PANEL / 2))];
                weights = weights.add(PANEL);
                for row in 0..ROWS {
                    let operand =
                        _mm256_set1_ps(at[row].cast::<f32>().add(channel).read_unaligned());
                    for half in 0..2 {
                        totals[row][half] = if FUSED {
                            _mm256_fmadd_ps(operand, columns[half], totals[row][half])
                        } else {
                            _mm256_add_ps(totals[row][half], _mm256_mul_ps(operand, columns[half]))
                        };
                    }
                }
            }
        }
        for row in 0..ROWS {
            for half in 0..2 {
                _mm256_storeu_ps(sums.0[row][half * 8..].as_mut_ptr(), totals[row][half]);
            }
        }
    }
}
