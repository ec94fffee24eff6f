//! Work shared by the cores of the machine.

use std::num::NonZero;
use std::thread;

/// The results of a function for 0 to `count`, in order, by as many threads as the machine has.
pub(crate) fn in_parallel<T: Send>(count: usize, function: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = count.div_ceil(threads).max(1);
    thread::scope(|scope| {
        let starts = (0..count).step_by(share);
        let handles: Vec<_> = starts
            .map(|start| {
                let range = start..(start + share).min(count);
                scope.spawn(move || range.map(function).collect::<Vec<T>>())
            })
            .collect();
        let parts = handles.into_iter();
        parts
            .flat_map(|part| part.join().expect("the function does not panic"))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_in_order() {
        assert_eq!(in_parallel(7, &|index| index * 2), [0, 2, 4, 6, 8, 10, 12]);
        assert!(in_parallel(0, &|index| index).is_empty());
    }
}
