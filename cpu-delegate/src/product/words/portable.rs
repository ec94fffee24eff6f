//! Sums of products in plain Rust.

use super::Segment;
use crate::product::Sums;
use crate::product::panels::{PANEL, Panels};

/// Rows and panels of a tile.
pub(super) const TILE: (usize, usize) = (4, 1);

/// Sums one tile.
///
/// # Safety
/// As [`accumulate`](super::accumulate).
pub(super) unsafe fn accumulate(
    panels: &Panels<i8>,
    rows: *const *const u8,
    panel: usize,
    segment: &Segment,
    sums: &mut Sums<i32>,
) {
    for row in 0..TILE.0 {
        let mut totals = [0_i32; PANEL];
        for tap in segment.taps.clone() {
            // SAFETY: the caller's promise.
            let operands = unsafe { (*rows.add(tap * TILE.0 + row)).cast::<i16>() };
            for group in segment.groups.clone() {
                // SAFETY: the caller's promise; the panel has as many groups.
                let (operand, weights) = unsafe {
                    (
                        operands.add(group).read_unaligned(),
                        &*panels.group(panel, tap, group).cast::<[i8; PANEL]>(),
                    )
                };
                for (total, &weight) in totals.iter_mut().zip(weights) {
                    *total = total.wrapping_add(i32::from(operand) * i32::from(weight));
                }
            }
        }
        sums.0[row] = totals;
    }
}
