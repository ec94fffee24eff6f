//! The order in which threads see a tensor: that of the samples, so that sums come to the same at any number of threads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use demilite_core::{Model, Op, TensorId};

/// Where samples are that run at once. A sample sees a tensor once those before it are through with it.
pub(super) struct Turns {
    /// Graphs that nodes call, whose tensors a sample may write more than once.
    called: BTreeSet<usize>,
    state: Mutex<State>,
    has_changed: Condvar,
}

#[derive(Default)]
struct State {
    /// How many samples, in their order, are through with a tensor.
    through: BTreeMap<(usize, TensorId), usize>,
    /// How many samples, in their order, have ended.
    ended: usize,
    /// Those that ended before another in front of them.
    ended_early: BTreeSet<usize>,
}

impl Turns {
    pub(super) fn new(model: &Model) -> Self {
        let nodes = model.graphs().iter().flat_map(|graph| graph.nodes());
        let called = nodes.filter_map(|node| match &node.op {
            Op::ControlFlow(op) => Some(op.graphs()),
            _ => None,
        });
        Turns {
            called: called.flatten().collect(),
            state: Mutex::default(),
            has_changed: Condvar::new(),
        }
    }

    /// A sample that begins to run. Samples are numbered from 0 without gaps, and whoever waits for one runs after it began.
    pub(super) fn of(&self, sample: usize) -> Turn<'_> {
        Turn {
            turns: self,
            sample,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A sample that runs. When it is dropped it has ended.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    sample: usize,
}

impl Turn<'_> {
    /// Looks at a tensor of graph `place.0` after all samples before this one.
    pub(super) fn see(&self, place: (usize, TensorId), look: impl FnOnce()) {
        let is_called = self.turns.called.contains(&place.0);
        let waits = |state: &mut State| {
            let through = state.through.get(&place).copied().unwrap_or(0);
            state.ended < self.sample && (is_called || through < self.sample)
        };
        let changed = &self.turns.has_changed;
        let ready = changed.wait_while(self.turns.state(), waits);
        drop(ready.unwrap_or_else(PoisonError::into_inner));
        look();
        self.turns.state().through.insert(place, self.sample + 1);
        changed.notify_all();
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.ended_early.insert(self.sample);
        while state.ended_early.first() == Some(&state.ended) {
            state.ended_early.pop_first();
            state.ended += 1;
        }
        drop(state);
        self.turns.has_changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// What each of two tensors saw of samples that run at once, the first of which is the slowest and skips the second tensor.
    fn seen(called: &[usize]) -> [Vec<usize>; 2] {
        let turns = Turns {
            called: called.iter().copied().collect(),
            state: Mutex::default(),
            has_changed: Condvar::new(),
        };
        let seen: [Mutex<Vec<usize>>; 2] = Default::default();
        let next = AtomicUsize::new(0);
        let work = || {
            let sample = next.fetch_add(1, Ordering::Relaxed);
            let turn = turns.of(sample);
            for (tensor, seen) in seen.iter().enumerate().skip(usize::from(sample == 1)) {
                thread::sleep(Duration::from_millis(8 - 2 * sample as u64));
                turn.see((0, TensorId(tensor)), || {
                    seen.lock().expect("a list").push(sample);
                });
            }
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(work);
            }
        });
        seen.map(|seen| seen.into_inner().expect("a list"))
    }

    #[test]
    fn each_tensor_sees_samples_in_their_order() {
        assert_eq!(seen(&[]), [vec![0, 2, 3], vec![0, 1, 2, 3]]);
        assert_eq!(seen(&[0]), [vec![0, 2, 3], vec![0, 1, 2, 3]]);
    }
}
