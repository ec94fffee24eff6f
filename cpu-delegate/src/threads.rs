//! Work that is split between threads.

use std::ops::Range;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Threads that share the work of a kernel. More than one means that kernels run inside of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Threads(pub(crate) usize);

impl Threads {
    /// Calls `work` with ranges that cover `0..count`, each of a multiple of `grain` but the last one.
    ///
    /// There are some ranges for each thread, so that one that begins late does not hold up the others.
    pub(crate) fn split(self, count: usize, grain: usize, work: impl Fn(Range<usize>) + Sync) {
        let parts = (self.0 * 4).min(count.div_ceil(grain.max(1)));
        if self.0 <= 1 || parts <= 1 {
            if count > 0 {
                work(0..count);
            }
            return;
        }
        let length = count.div_ceil(grain).div_ceil(parts) * grain;
        let ranges = (0..count.div_ceil(length)).into_par_iter();
        ranges.for_each(|part| work(part * length..((part + 1) * length).min(count)));
    }
}
