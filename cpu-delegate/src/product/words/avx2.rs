//! Sums of two products, by `vpmaddwd` or `vpdpwssd`.

use std::arch::x86_64::*;

use super::{Operands, Segment};
use crate::product::Sums;
use crate::product::panels::PANEL;

/// Rows and panels of a tile.
pub(super) const TILE: (usize, usize) = (6, 4);
const GROUP: usize = 4;

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

/// Sums one tile, half a panel after the other.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn tile<const VNNI: bool, const ROWS: usize>(
    operands: Operands<'_>,
    (panel, count): (usize, usize),
    segment: &Segment,
    sums: &mut Sums<i32>,
) {
    for p in 0..count {
        let start = operands.start(panel + p);
        for half in 0..2 {
            // SAFETY: the caller's promise.
            let totals = unsafe { half_panel::<VNNI, ROWS>(operands, panel + p, half, segment) };
            for (row, total) in totals.into_iter().enumerate() {
                // SAFETY: eight elements are there.
                unsafe {
                    let start = _mm256_loadu_si256(start[half * 8..][..8].as_ptr().cast());
                    let target = sums.0[row * count + p][half * 8..][..8].as_mut_ptr();
                    _mm256_storeu_si256(target.cast(), _mm256_add_epi32(total, start));
                }
            }
        }
    }
}

/// The sums of eight channels.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn half_panel<const VNNI: bool, const ROWS: usize>(
    operands: Operands<'_>,
    panel: usize,
    half: usize,
    segment: &Segment,
) -> [__m256i; ROWS] {
    // Four channels a vector, two sums each.
    let mut low = [_mm256_setzero_si256(); ROWS];
    let mut high = [_mm256_setzero_si256(); ROWS];
    for tap in segment.taps.clone() {
        let mut weights = operands
            .panels
            .group(panel, tap, segment.groups.start)
            .wrapping_add(half * PANEL * GROUP / 2);
        // SAFETY: the caller's promise.
        let at: [*const u8; ROWS] = unsafe { operands.rows.at(tap) };
        for group in segment.groups.clone() {
            // SAFETY: the panel has as many groups, the rows as many channels.
            unsafe {
                let first = _mm256_cvtepi8_epi16(_mm_loadu_si128(weights.cast()));
                let second = _mm256_cvtepi8_epi16(_mm_loadu_si128(weights.add(PANEL).cast()));
                for row in 0..ROWS {
                    let words = at[row].cast::<i64>().add(group).read_unaligned();
                    let words = _mm256_set1_epi64x(words);
                    if VNNI {
                        low[row] = _mm256_dpwssd_avx_epi32(low[row], words, first);
                        high[row] = _mm256_dpwssd_avx_epi32(high[row], words, second);
                    } else {
                        low[row] = _mm256_add_epi32(low[row], _mm256_madd_epi16(words, first));
                        high[row] = _mm256_add_epi32(high[row], _mm256_madd_epi16(words, second));
                    }
                }
            }
            weights = weights.wrapping_add(PANEL * GROUP);
        }
    }
    // Pairs are added within each half of a vector, so that the middle quarters change places.
    std::array::from_fn(|row| {
        _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_hadd_epi32(low[row], high[row]))
    })
}
