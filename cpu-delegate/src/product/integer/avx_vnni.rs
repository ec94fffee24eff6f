//! Sums of four products of an unsigned and a signed byte, by `vpdpbusd` on vectors of 256 bits.

use std::arch::x86_64::*;

use super::IntegerSums;
use crate::product::Sums;
use crate::product::panels::PANEL;

/// Rows and panels of a tile.
pub(super) const TILE: (usize, usize) = (6, 4);
const ROWS: usize = TILE.0;
const GROUP: usize = 4;

/// Sums one tile, panel by panel.
///
/// # Safety
/// As [`Product::accumulate`](crate::product::Product::accumulate); the processor has AVX2 with VNNI.
#[target_feature(enable = "avx2,avxvnni")]
pub(super) unsafe fn accumulate(
    layer: &IntegerSums,
    rows: *const *const u8,
    panel: usize,
    count: usize,
    sums: &mut Sums<i32>,
) {
    for p in 0..count {
        // SAFETY: the caller's promise.
        let totals = unsafe { one_panel(layer, rows, panel + p) };
        for (row, totals) in totals.into_iter().enumerate() {
            let target = sums.0[row * count + p].as_mut_ptr().cast::<__m256i>();
            // SAFETY: sixteen elements are there.
            unsafe {
                _mm256_storeu_si256(target, totals[0]);
                _mm256_storeu_si256(target.add(1), totals[1]);
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx2,avxvnni")]
unsafe fn one_panel(
    layer: &IntegerSums,
    rows: *const *const u8,
    panel: usize,
) -> [[__m256i; 2]; ROWS] {
    let panels = &layer.panels;
    let bias = layer.bias.as_slice()[panel * PANEL..][..PANEL].as_ptr();
    // SAFETY: the caller's promise; the panel is there.
    unsafe {
        let bias = bias.cast::<__m256i>();
        let mut totals = [[_mm256_loadu_si256(bias), _mm256_loadu_si256(bias.add(1))]; ROWS];
        let mut weights = panels.panel(panel);
        let mut pointers = rows;
        for _ in 0..panels.taps() {
            let at: [*const u8; ROWS] = std::array::from_fn(|row| *pointers.add(row));
            pointers = pointers.add(ROWS);
            for group in 0..panels.groups() {
                let columns = weights.cast::<__m256i>();
                let columns = [
                    _mm256_load_si256(columns),
                    _mm256_load_si256(columns.add(1)),
                ];
                weights = weights.add(PANEL * GROUP);
                for row in 0..ROWS {
                    let quad = _mm256_set1_epi32(at[row].cast::<i32>().add(group).read_unaligned());
                    for half in 0..2 {
                        totals[row][half] =
                            _mm256_dpbusd_avx_epi32(totals[row][half], quad, columns[half]);
                    }
                }
            }
        }
        totals
    }
}
