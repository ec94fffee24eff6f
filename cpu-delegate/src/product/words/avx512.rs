//! Sums of two products, by `vpmaddwd` or `vpdpwssd`.

use std::arch::x86_64::*;

use super::{Operands, Segment};
use crate::product::Sums;
use crate::product::panels::PANEL;

/// Rows and panels of a tile.
pub(super) const TILE: (usize, usize) = (8, 4);
/// Input channels side by side.
pub(super) const GROUP: usize = 4;

/// Sums one tile.
///
/// # Safety
/// As [`accumulate`](super::accumulate); the processor has AVX-512 with VNNI.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
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
/// As [`accumulate`](super::accumulate); the processor has AVX-512.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
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
            2..=4 => tile::<VNNI, 4>(operands, (panel, count), segment, sums),
            _ => tile::<VNNI, 8>(operands, (panel, count), segment, sums),
        }
    }
}

/// Sums one tile, panel by panel.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
unsafe fn tile<const VNNI: bool, const ROWS: usize>(
    operands: Operands<'_>,
    (panel, count): (usize, usize),
    segment: &Segment,
    sums: &mut Sums<i32>,
) {
    for p in 0..count {
        let start = operands.start(panel + p);
        // SAFETY: the caller's promise; sixteen elements are there.
        unsafe {
            let totals = one_panel::<VNNI, ROWS>(operands, panel + p, segment);
            let start = _mm512_loadu_epi32(start.as_ptr());
            for (row, total) in totals.into_iter().enumerate() {
                let target = sums.0[row * count + p].as_mut_ptr();
                _mm512_storeu_epi32(target, _mm512_add_epi32(total, start));
            }
        }
    }
}

/// The sums of a panel.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
unsafe fn one_panel<const VNNI: bool, const ROWS: usize>(
    operands: Operands<'_>,
    panel: usize,
    segment: &Segment,
) -> [__m512i; ROWS] {
    // Eight channels a vector, two sums each.
    let mut totals = [[_mm512_setzero_si512(); 2]; ROWS];
    for tap in segment.taps.clone() {
        let mut weights = operands.panels.group(panel, tap, segment.groups.start);
        // SAFETY: the caller's promise.
        let at: [*const u8; ROWS] = unsafe { operands.rows.at(tap) };
        for group in segment.groups.clone() {
            // SAFETY: the panel has as many groups, the rows as many channels.
            unsafe {
                let columns: [__m512i; 2] = std::array::from_fn(|half| {
                    _mm512_cvtepi8_epi16(_mm256_loadu_si256(
                        weights.add(half * PANEL * GROUP / 2).cast(),
                    ))
                });
                weights = weights.add(PANEL * GROUP);
                for row in 0..ROWS {
                    let words =
                        _mm512_set1_epi64(at[row].cast::<i64>().add(group).read_unaligned());
                    for half in 0..2 {
                        totals[row][half] = if VNNI {
                            _mm512_dpwssd_epi32(totals[row][half], words, columns[half])
                        } else {
                            _mm512_add_epi32(
                                totals[row][half],
                                _mm512_madd_epi16(words, columns[half]),
                            )
                        };
                    }
                }
            }
        }
    }
    // Even and odd sums of sixteen channels.
    let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    let odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    std::array::from_fn(|row| {
        let even = _mm512_permutex2var_epi32(totals[row][0], even, totals[row][1]);
        let odd = _mm512_permutex2var_epi32(totals[row][0], odd, totals[row][1]);
        _mm512_add_epi32(even, odd)
    })
}
