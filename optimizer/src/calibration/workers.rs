//! Samples on all cores.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::executor::Executor;
use crate::error::OptimizeError;

/// What comes of each of `count` samples, in their order: by as many threads as the machine has cores, each with sessions of its own. They
/// begin in the order of the samples. Says after each how many are done. Of several errors that of the first sample counts.
pub(crate) fn for_each_sample<T: Send>(
    executor: Executor,
    count: usize,
    run: &(dyn Fn(&mut Executor, usize) -> Result<T, OptimizeError> + Sync),
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<T>, OptimizeError> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let mut executors = vec![executor];
    for _ in 1..cores.min(count) {
        executors.push(executors[0].sibling()?);
    }
    let next = AtomicUsize::new(0);
    let has_failed = AtomicBool::new(false);
    let results: Mutex<Vec<(usize, Result<T, OptimizeError>)>> = Mutex::default();
    let results_so_far = || results.lock().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|scope| {
        let (done, all_done) = mpsc::channel();
        for mut executor in executors {
            let (done, next, has_failed) = (done.clone(), &next, &has_failed);
            scope.spawn(move || {
                while !has_failed.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    let result = run(&mut executor, index);
                    has_failed.fetch_or(result.is_err(), Ordering::Relaxed);
                    results_so_far().push((index, result));
                    if done.send(()).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        for (before, ()) in all_done.iter().enumerate() {
            progress(before + 1);
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
