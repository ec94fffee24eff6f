//! Work that is split between threads.

use std::ops::Range;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Ranges for each thread.
const PARTS: usize = 4;

/// Threads that share the work of a kernel. More than one means that kernels run inside of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Threads(pub(crate) usize);

impl Threads {
    /// Calls `work` with ranges that cover `0..count`, each of a multiple of `grain` but the last one.
    ///
    /// There are some ranges for each thread, so that one that begins late does not hold up the others; their lengths differ by one
    /// `grain` at most.
    pub(crate) fn split(self, count: usize, grain: usize, work: impl Fn(Range<usize>) + Sync) {
        let grain = grain.max(1);
        let grains = count.div_ceil(grain);
        let parts = self.parts(grains);
        if parts <= 1 {
            if count > 0 {
                work(0..count);
            }
            return;
        }
        let (least, longer) = (grains / parts, grains % parts);
        let begin = |part: usize| ((part * least + part.min(longer)) * grain).min(count);
        let parts = (0..parts).into_par_iter();
        parts.for_each(|part| work(begin(part)..begin(part + 1)));
    }

    /// How many ranges so many grains are split into.
    fn parts(self, grains: usize) -> usize {
        match self.0 {
            0 | 1 => 1,
            threads => grains.min(threads.saturating_mul(PARTS)),
        }
    }

    /// The share of its time that a thread works while so many grains, each as long as any other, are worked through.
    pub(crate) fn share_busy(self, grains: usize) -> f64 {
        let parts = self.parts(grains).max(1);
        let rounds = parts.div_ceil(self.0.max(1));
        let longest = rounds * (grains / parts) + rounds.min(grains % parts);
        grains as f64 / (longest.max(1) * self.0.max(1)) as f64
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_cover_all_and_differ_by_one_grain(
            (threads, count, grain) in (0..5_usize, 0..300_usize, 0..9_usize),
        ) {
            let ranges = Mutex::new(Vec::new());
            Threads(threads).split(count, grain, |range| ranges.lock().unwrap().push(range));
            let mut ranges = ranges.into_inner().unwrap();
            ranges.sort_by_key(|range| range.start);
            let ends = ranges.iter().scan(0, |end, range| {
                let begin = std::mem::replace(end, range.end);
                Some(begin == range.start)
            });
            prop_assert!(ends.into_iter().all(|follows| follows));
            prop_assert_eq!(ranges.last().map_or(0, |range| range.end), count);
            let grains = ranges.iter().map(|range| range.len().div_ceil(grain.max(1)));
            let (least, most) = (grains.clone().min(), grains.max());
            prop_assert!(most.unwrap_or(0) - least.unwrap_or(0) <= 1, "{:?}", ranges);
        }
    }

    #[test]
    fn threads_are_busy_where_grains_come_out_even() {
        let busy = |threads, grains| Threads(threads).share_busy(grains);
        assert_eq!([1, 9].map(|grains| busy(1, grains)), [1.0, 1.0]);
        assert_eq!(
            [1, 2, 8, 64].map(|grains| busy(2, grains)),
            [0.5, 1.0, 1.0, 1.0]
        );
        assert_eq!(busy(2, 9), 9.0 / 10.0);
        assert_eq!(busy(16, 33), 33.0 / 48.0);
    }
}
