//! Sums of two products, by `vpmaddwd` or `vpdpwssd`.

use std::arch::x86_64::*;
use std::iter::zip;

use super::{Operands, Segment};
use crate::product::Sums;
use crate::product::panels::PANEL;

/// Rows and panels of a tile.
pub(super) const TILE: (usize, usize) = (6, 4);
/// Input channels side by side.
pub(super) const GROUP: usize = 2;

/// Sums one tile.
///
/// # Safety
/// As [`accumulate`](super::accumulate); the processor has AVX2 with VNNI.
#[target_feature(enable = "avx2,avxvnni")]
pub(super) unsafe fn accumulate_vnni(
    operands: Operands<'_>,
    panels: (usize, usize),
    segment: &Segment,
    sums: &mut Sums<i32>,
) {
    // SAFETY: the caller's promise.
    unsafe { accumulate::<true>(operands, panels, segment, sums) };
}

/// Sums one tile; `VNNI` where the caller has found it.
///
/// # Safety
/// As [`accumulate`](super::accumulate); the processor has AVX2.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn accumulate<const VNNI: bool>(
    operands: Operands<'_>,
    (panel, count): (usize, usize),
    segment: &Segment,
    sums: &mut Sums<i32>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match operands.rows.count {
            1 => tile::<VNNI, 1>(operands, (panel, count), segment, sums),
            2 => tile::<VNNI, 2>(operands, (panel, count), segment, sums),
            3 | 4 => tile::<VNNI, 4>(operands, (panel, count), segment, sums),
            _ => tile::<VNNI, 6>(operands, (panel, count), segment, sums),
        }
    }
}

/// Sums one tile, a panel after the other.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn tile<const VNNI: bool, const ROWS: usize>(
    operands: Operands<'_>,
    (panel, count): (usize, usize),
    segment: &Segment,
    sums: &mut Sums<i32>,
) {
    for p in 0..count {
        let left = operands.panels.channels() - (panel + p) * PANEL;
        // SAFETY: the caller's promise.
        let totals = unsafe {
            match left <= PANEL / 2 {
                true => one_panel::<VNNI, ROWS, 1>(operands, panel + p, segment),
                false => one_panel::<VNNI, ROWS, 2>(operands, panel + p, segment),
            }
        };
        for (row, total) in totals.into_iter().enumerate() {
            let target = sums.0[row * count + p].as_mut_ptr().cast::<__m256i>();
            // SAFETY: sixteen elements are there.
            unsafe {
                _mm256_storeu_si256(target, total[0]);
                _mm256_storeu_si256(target.add(1), total[1]);
            }
        }
    }
}

/// The sums of the sixteen channels of a panel, of which one half may be all that there is.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn one_panel<const VNNI: bool, const ROWS: usize, const HALVES: usize>(
    operands: Operands<'_>,
    panel: usize,
    segment: &Segment,
) -> [[__m256i; 2]; ROWS] {
    let mut start = [_mm256_setzero_si256(); 2];
    if let Some(all) = operands.start {
        let from = all[panel * PANEL..][..PANEL].as_ptr().cast::<__m256i>();
        // SAFETY: sixteen elements are there.
        start = unsafe { [_mm256_loadu_si256(from), _mm256_loadu_si256(from.add(1))] };
    }
    let mut totals = [start; ROWS];
    for tap in segment.taps.clone() {
        let mut weights = operands.panels.group(panel, tap, segment.groups.start);
        // SAFETY: the caller's promise.
        let at: [*const u8; ROWS] = unsafe { operands.rows.at(tap) };
        for group in segment.groups.clone() {
            // SAFETY: the panel has as many groups, the rows as many channels.
            unsafe {
                let near = _mm256_cvtepi8_epi16(_mm_loadu_si128(weights.cast()));
                let far = match HALVES {
                    1 => near,
                    _ => _mm256_cvtepi8_epi16(_mm_loadu_si128(weights.add(PANEL).cast())),
                };
                for row in 0..ROWS {
                    let words = at[row].cast::<i32>().add(group).read_unaligned();
                    let words = _mm256_set1_epi32(words);
                    for (total, column) in zip(&mut totals[row][..HALVES], [near, far]) {
                        // With few rows, sums would wait for each other for as long as `vpdpwssd` takes.
                        *total = match VNNI && ROWS > 2 {
                            true => _mm256_dpwssd_avx_epi32(*total, words, column),
                            false => _mm256_add_epi32(*total, _mm256_madd_epi16(words, column)),
                        };
                    }
                }
            }
            weights = weights.wrapping_add(PANEL * GROUP);
        }
    }
    totals
}
