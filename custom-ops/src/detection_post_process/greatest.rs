//! The greatest of some scores.

use std::cmp::Ordering;

use crate::heap;

/// The indices of the `count` greatest values, the greatest first. A single one is the first of
/// equal values; several are as `std::partial_sort` leaves them.
pub(super) fn greatest(values: &[f32], count: usize) -> Vec<usize> {
    if count == 1 {
        let first = |best, index| {
            if values[index] > values[best] {
                index
            } else {
                best
            }
        };
        return (0..values.len()).reduce(first).into_iter().collect();
    }
    // The first of the heap is the least of those that are kept.
    let is_less = |a: usize, b: usize| values[a] > values[b];
    let mut kept: Vec<usize> = (0..count.min(values.len())).collect();
    for parent in (0..kept.len() / 2).rev() {
        let value = kept[parent];
        heap::replace(&mut kept, parent, value, &is_less);
    }
    for index in kept.len()..values.len() {
        if kept.first().is_some_and(|&least| is_less(index, least)) {
            heap::replace(&mut kept, 0, index, &is_less);
        }
    }
    let decreasing = std::iter::from_fn(|| heap::pop(&mut kept, &is_less));
    let mut order: Vec<usize> = decreasing.collect();
    order.reverse();
    order
}

/// Indices by decreasing value; equal values keep their order.
pub(super) fn decreasing(values: &[f32], indices: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut order: Vec<usize> = indices.collect();
    order.sort_by(|&a, &b| values[b].partial_cmp(&values[a]).unwrap_or(Ordering::Equal));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_come_first() {
        let values = [0.1, 0.9, 0.5, 0.9, 0.3];
        assert_eq!(greatest(&values, 1), [1]);
        assert_eq!(greatest(&values[1..3], 2), [0, 1]);
        let all = greatest(&values, 5);
        assert_eq!(all[2..], [2, 4, 0]);
        assert!(all[..2].contains(&1) && all[..2].contains(&3));
        assert!(greatest(&[], 3).is_empty());
    }
}
