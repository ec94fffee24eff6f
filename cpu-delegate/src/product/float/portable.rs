//! Sums of products in plain Rust.

use bytemuck::Pod;

use crate::product::panels::{PANEL, Panels};
use crate::product::{Rows, Sums};

/// Rows and panels of a tile.
pub(super) const TILE: (usize, usize) = (4, 1);

/// Sums one tile.
///
/// # Safety
/// As [`Product::accumulate`](crate::product::Product::accumulate).
pub(super) unsafe fn accumulate<T: Pod + Into<f32>>(
    panels: &Panels<T>,
    rows: Rows,
    panel: usize,
    sums: &mut Sums<f32>,
) {
    for row in 0..TILE.0 {
        let mut totals = [0.0_f32; PANEL];
        let mut weights = panels.panel(panel);
        for tap in 0..panels.taps() {
            for channel in 0..panels.groups() {
                // SAFETY: the caller's promise; the panel has as many channels.
                let (operand, columns) = unsafe {
                    let operands = (*rows.pointers.add(tap * TILE.0 + row)).cast::<f32>();
                    (
                        operands.add(channel).read_unaligned(),
                        *weights.cast::<[T; PANEL]>(),
                    )
                };
                for (total, weight) in totals.iter_mut().zip(columns) {
                    *total += operand * weight.into();
                }
                weights = weights.wrapping_add(PANEL);
            }
        }
        sums.0[row] = totals;
    }
}
