//! Sums of four products of an unsigned and a signed byte, by `vpdpbusd`.

use std::arch::x86_64::*;

use super::IntegerSums;
use crate::product::panels::PANEL;
use crate::product::{Rows, Sums};

const GROUP: usize = 4;

/// Sums one tile.
///
/// # Safety
/// As [`Product::accumulate`](crate::product::Product::accumulate); the processor has AVX-512 with VNNI.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) unsafe fn accumulate(
    layer: &IntegerSums,
    rows: Rows,
    panel: usize,
    panels: usize,
    sums: &mut Sums<i32>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match (panels, rows.count) {
            (1, 1) => tile::<1, 1>(layer, rows, panel, sums),
            (2, 1) => tile::<1, 2>(layer, rows, panel, sums),
            (3, 1) => tile::<1, 3>(layer, rows, panel, sums),
            (4, 1) => tile::<1, 4>(layer, rows, panel, sums),
            (5, 1) => tile::<1, 5>(layer, rows, panel, sums),
            (6, 1) => tile::<1, 6>(layer, rows, panel, sums),
            (7, 1) => tile::<1, 7>(layer, rows, panel, sums),
            (8, 1) => tile::<1, 8>(layer, rows, panel, sums),
            (1, 2..=4) => tile::<4, 1>(layer, rows, panel, sums),
            (1, 5..=8) => tile::<8, 1>(layer, rows, panel, sums),
            (1, _) => tile::<16, 1>(layer, rows, panel, sums),
            (2, 2..=4) => tile::<4, 2>(layer, rows, panel, sums),
            (2, 5..=8) => tile::<8, 2>(layer, rows, panel, sums),
            (2, _) => tile::<12, 2>(layer, rows, panel, sums),
            (3, 2..=4) => tile::<4, 3>(layer, rows, panel, sums),
            (3, _) => tile::<8, 3>(layer, rows, panel, sums),
            (_, 2) => tile::<2, 4>(layer, rows, panel, sums),
            (_, 3 | 4) => tile::<4, 4>(layer, rows, panel, sums),
            (_, _) => tile::<6, 4>(layer, rows, panel, sums),
        }
    }
}

#[expect(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and so the sums stay in registers"
)]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
unsafe fn tile<const ROWS: usize, const PANELS: usize>(
    layer: &IntegerSums,
    rows: Rows,
    panel: usize,
    sums: &mut Sums<i32>,
) {
    let panels = &layer.panels;
    let stride = panels.stride();
    let bias = &layer.bias.as_slice()[panel * PANEL..][..PANELS * PANEL];
    // SAFETY: the caller's promise; the panels are there.
    unsafe {
        let mut totals = [[_mm512_setzero_si512(); PANELS]; ROWS];
        for p in 0..PANELS {
            let bias = _mm512_loadu_epi32(bias[p * PANEL..].as_ptr());
            for row in &mut totals {
                row[p] = bias;
            }
        }
        let mut weights = panels.panel(panel);
        for tap in 0..panels.taps() {
            let at: [*const u8; ROWS] = rows.at(tap);
            for group in 0..panels.groups() {
                let columns: [__m512i; PANELS] =
                    std::array::from_fn(|p| _mm512_loadu_epi8(weights.add(p * stride)));
                weights = weights.add(PANEL * GROUP);
                for row in 0..ROWS {
                    let quad = _mm512_set1_epi32(at[row].cast::<i32>().add(group).read_unaligned());
                    for p in 0..PANELS {
                        totals[row][p] = _mm512_dpbusd_epi32(totals[row][p], quad, columns[p]);
                    }
                }
            }
        }
        for row in 0..ROWS {
            for p in 0..PANELS {
                _mm512_store_si512(sums.0[row * PANELS + p].as_mut_ptr().cast(), totals[row][p]);
            }
        }
    }
}
