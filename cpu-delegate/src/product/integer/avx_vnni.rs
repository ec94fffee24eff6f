//! Sums of four products of an unsigned and a signed byte, by `vpdpbusd` on vectors of 256 bits.

use std::arch::x86_64::*;

use super::IntegerSums;
use crate::product::panels::PANEL;
use crate::product::{Rows, Sums};

/// Rows and panels of a tile, of a product of so many rows.
pub(super) fn tile(rows: usize) -> (usize, usize) {
    if rows == 1 { (1, 4) } else { (6, 4) }
}

const GROUP: usize = 4;

/// Sums one tile: several rows panel by panel, a single one four panels at a time, since its sums wait for each other.
///
/// # Safety
/// As [`Product::accumulate`](crate::product::Product::accumulate); the processor has AVX2 with VNNI.
#[target_feature(enable = "avx2,avxvnni")]
pub(super) unsafe fn accumulate(
    layer: &IntegerSums,
    rows: Rows,
    panel: usize,
    count: usize,
    sums: &mut Sums<i32>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        if (rows.count, count) == (1, 4) {
            return panels::<1, 4>(layer, rows, (panel, 0, count), sums);
        }
        for p in 0..count {
            let place = (panel + p, p, count);
            match rows.count {
                1 => panels::<1, 1>(layer, rows, place, sums),
                2 => panels::<2, 1>(layer, rows, place, sums),
                3 | 4 => panels::<4, 1>(layer, rows, place, sums),
                _ => panels::<6, 1>(layer, rows, place, sums),
            }
        }
    }
}

/// Sums `PANELS` panels from `panel` on, which are those from `first` on among the `count` of the tile.
#[expect(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and so the sums stay in registers"
)]
#[inline]
#[target_feature(enable = "avx2,avxvnni")]
unsafe fn panels<const ROWS: usize, const PANELS: usize>(
    layer: &IntegerSums,
    rows: Rows,
    (panel, first, count): (usize, usize, usize),
    sums: &mut Sums<i32>,
) {
    let panels = &layer.panels;
    let stride = panels.stride();
    let bias = &layer.bias.as_slice()[panel * PANEL..][..PANELS * PANEL];
    // SAFETY: the caller's promise; the panels are there.
    unsafe {
        let mut totals = [[[_mm256_setzero_si256(); 2]; PANELS]; ROWS];
        for p in 0..PANELS {
            let bias = bias[p * PANEL..].as_ptr().cast::<__m256i>();
            for row in &mut totals {
                row[p] = [_mm256_loadu_si256(bias), _mm256_loadu_si256(bias.add(1))];
            }
        }
        let mut weights = panels.panel(panel);
        for tap in 0..panels.taps() {
            let at: [*const u8; ROWS] = rows.at(tap);
            for group in 0..panels.groups() {
                let columns: [[__m256i; 2]; PANELS] = std::array::from_fn(|p| {
                    let columns = weights.add(p * stride).cast::<__m256i>();
                    [
                        _mm256_load_si256(columns),
                        _mm256_load_si256(columns.add(1)),
                    ]
                });
                weights = weights.add(PANEL * GROUP);
                for row in 0..ROWS {
                    let quad = _mm256_set1_epi32(at[row].cast::<i32>().add(group).read_unaligned());
                    for p in 0..PANELS {
                        for half in 0..2 {
                            totals[row][p][half] = _mm256_dpbusd_avx_epi32(
                                totals[row][p][half],
                                quad,
                                columns[p][half],
                            );
                        }
                    }
                }
            }
        }
        for row in 0..ROWS {
            for p in 0..PANELS {
                let target = sums.0[row * count + first + p]
                    .as_mut_ptr()
                    .cast::<__m256i>();
                _mm256_storeu_si256(target, totals[row][p][0]);
                _mm256_storeu_si256(target.add(1), totals[row][p][1]);
            }
        }
    }
}
