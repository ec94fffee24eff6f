//! Products in plain Rust, with two roundings.

use super::{Entry, ROWS, Sums};

/// Adds the products of two output channels.
pub(super) fn add(entries: [&[Entry]; 2], columns: &[f32], sums: &mut [Sums; 2]) {
    for (entries, sums) in entries.into_iter().zip(sums) {
        for entry in entries {
            let column = &columns[entry.column as usize..][..ROWS];
            for (sum, &element) in sums.0.iter_mut().zip(column) {
                *sum += entry.value * element;
            }
        }
    }
}
