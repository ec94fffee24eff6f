//! Many elements to one.

use std::iter::zip;

use demilite_core::Element;

use crate::machine::Machine;
use crate::target::Target;
use crate::vectors::dispatch;

/// Results that grow side by side.
const BLOCK: usize = 64;

/// Sums of one row that grow side by side.
const LANES: usize = 16;

/// Elements that a thread folds.
const GRAIN: usize = 1 << 14;

/// Dimensions that follow one another of which some, that lie together, are folded away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reduction {
    /// The product of the dimensions outside of those.
    outer: usize,
    /// The product of those.
    pub(crate) folded: usize,
    /// The product of the dimensions within those.
    inner: usize,
}

impl Reduction {
    /// The reduction of a tensor of this shape; `None` where dimensions that stay lie between those that are folded away.
    pub(crate) fn new(shape: &[usize], reduced: &[bool]) -> Option<Self> {
        let mut reduction = Reduction {
            outer: 1,
            folded: 1,
            inner: 1,
        };
        let mut is_inside = false;
        for (&extent, &is_reduced) in zip(shape, reduced) {
            if extent == 1 {
                continue;
            }
            match (is_reduced, is_inside) {
                (false, false) => reduction.outer = reduction.outer.checked_mul(extent)?,
                (false, true) => reduction.inner = reduction.inner.checked_mul(extent)?,
                (true, _) if reduction.inner > 1 => return None,
                (true, _) => {
                    is_inside = true;
                    reduction.folded = reduction.folded.checked_mul(extent)?;
                }
            }
        }
        Some(reduction)
    }

    /// Whether the elements of a fold follow one another, so that they are folded side by side and not in their order.
    pub(crate) fn folds_rows(self) -> bool {
        self.inner == 1 && self.folded > 1
    }

    /// Folds the elements of each result, beginning with `start`, and writes what `finish` makes of it.
    pub(crate) fn fold<T: Element, A: Copy + Send + Sync, O: Element>(
        self,
        machine: Machine,
        (input, output): (&[T], &mut [O]),
        start: A,
        (fold, join): (impl Fn(A, T) -> A + Sync, impl Fn(A, A) -> A + Sync),
        finish: impl Fn(A) -> O + Sync,
    ) {
        let Reduction {
            outer,
            folded,
            inner,
        } = self;
        assert_eq!(output.len(), outer * inner, "one output for each fold");
        assert_eq!(input.len(), output.len() * folded, "all elements fold");
        let target = Target {
            first: output.as_mut_ptr(),
            stride: 1,
        };
        let width = if inner == 1 { 1 } else { BLOCK.min(inner) };
        let blocks = inner.div_ceil(width);
        let grain = GRAIN.div_ceil(width * folded.max(1));
        machine.threads.split(outer * blocks, grain, |range| {
            for block in range {
                let (row, column) = (block / blocks, block % blocks * width);
                let width = width.min(inner - column);
                // SAFETY: each block of outputs belongs to one range, and lies within them.
                let output = unsafe {
                    std::slice::from_raw_parts_mut(target.first().add(row * inner + column), width)
                };
                let input = &input[row * folded * inner..][..folded * inner];
                dispatch(
                    machine.set,
                    #[inline(always)]
                    || match (inner, output) {
                        (1, [output]) => *output = finish(one_row(input, start, &fold, &join)),
                        (_, output) => {
                            columns((input, inner, column), output, start, &fold, &finish);
                        }
                    },
                );
            }
        });
    }
}

#[inline(always)]
fn one_row<T: Copy, A: Copy>(
    input: &[T],
    start: A,
    fold: impl Fn(A, T) -> A,
    join: impl Fn(A, A) -> A,
) -> A {
    let mut lanes = [start; LANES];
    let (blocks, rest) = input.as_chunks::<LANES>();
    for block in blocks {
        for (lane, &value) in zip(&mut lanes, block) {
            *lane = fold(*lane, value);
        }
    }
    for (lane, &value) in zip(&mut lanes, rest) {
        *lane = fold(*lane, value);
    }
    lanes.into_iter().reduce(join).unwrap_or(start)
}

#[inline(always)]
fn columns<T: Copy, A: Copy, O>(
    (input, inner, column): (&[T], usize, usize),
    output: &mut [O],
    start: A,
    fold: impl Fn(A, T) -> A,
    finish: impl Fn(A) -> O,
) {
    let mut results = [start; BLOCK];
    for row in input.chunks_exact(inner) {
        for (result, &value) in zip(&mut results, &row[column..][..output.len()]) {
            *result = fold(*result, value);
        }
    }
    for (output, &result) in zip(output, &results) {
        *output = finish(result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruction_set::InstructionSet;
    use crate::threads::Threads;

    #[test]
    fn what_is_folded_lies_together() {
        let all = Reduction::new(&[2, 3, 5], &[true, true, true]).unwrap();
        assert_eq!((all.outer, all.folded, all.inner), (1, 30, 1));
        let middle = Reduction::new(&[2, 3, 1, 5], &[false, true, false, false]).unwrap();
        assert_eq!((middle.outer, middle.folded, middle.inner), (2, 3, 5));
        assert_eq!(Reduction::new(&[2, 3, 5], &[true, false, true]), None);
    }

    #[test]
    fn columns_and_rows_are_summed() {
        for set in InstructionSet::ALL
            .into_iter()
            .filter(|set| set.is_available())
        {
            let machine = Machine {
                set,
                threads: Threads(1),
            };
            for (outer, folded, inner) in [(3, 5, 70), (2, 37, 1), (1, 1, 3), (2, 4, 64)] {
                let reduction = Reduction {
                    outer,
                    folded,
                    inner,
                };
                let input: Vec<i32> = (0..(outer * folded * inner) as i32).collect();
                let mut output = vec![0; outer * inner];
                let sums = (|sum: i32, value: i32| sum + value, |a, b| a + b);
                reduction.fold(machine, (&input, &mut output), 0, sums, |sum| sum);
                for (index, &sum) in output.iter().enumerate() {
                    let (row, column) = (index / inner, index % inner);
                    let at = |step: usize| input[(row * folded + step) * inner + column];
                    assert_eq!(sum, (0..folded).map(at).sum::<i32>());
                }
            }
        }
    }
}
