//! Sums of products in plain Rust.

use super::{Operands, Segment};
use crate::product::Sums;
use crate::product::panels::PANEL;

/// Rows and panels of a tile.
pub(super) const TILE: (usize, usize) = (4, 1);

/// Sums one tile.
///
/// # Safety
/// As [`accumulate`](super::accumulate).
pub(super) unsafe fn accumulate(
    operands: Operands<'_>,
    panel: usize,
    segment: &Segment,
    sums: &mut Sums<i32>,
) {
    for row in 0..TILE.0 {
        let mut totals = operands.start(panel);
        for tap in segment.taps.clone() {
            // SAFETY: the caller's promise.
            let words = unsafe { (*operands.rows.pointers.add(tap * TILE.0 + row)).cast::<i16>() };
            for group in segment.groups.clone() {
                // SAFETY: the caller's promise; the panel has as many groups.
                let (operand, weights) = unsafe {
                    (
                        words.add(group).read_unaligned(),
                        &*operands
                            .panels
                            .group(panel, tap, group)
                            .cast::<[i8; PANEL]>(),
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
