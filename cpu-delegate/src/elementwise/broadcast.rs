//! Functions of two operands that broadcast together.

use demilite_core::{Element, NodeContext, OpError};
use demilite_executor::{KernelIo, Prepared, Unprepared, output_shape};

use crate::instruction_set::InstructionSet;
use crate::machine::Machine;
use crate::target::Target;
use crate::vectors::{GRAIN, dispatch};

/// Elements of an operand that short rows share, which are laid out until they make a long row.
const PATTERN: usize = 256;

/// A dimension of the output, and the elements that one step along it passes over in each operand: none where an extent of 1
/// stretches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Axis {
    extent: usize,
    steps: [usize; 2],
}

/// How two operands lie under the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broadcast {
    /// The outer dimensions, outermost first, none of extent 1.
    outer: Vec<Axis>,
    /// The innermost dimension.
    row: Axis,
    /// How often each operand's row is read in a row of the output: once, or several times where it is short.
    repeats: [usize; 2],
}

impl Broadcast {
    /// Operands of these shapes under an output of that shape, which they broadcast to.
    pub(crate) fn new(shapes: [&[usize]; 2], output: &[usize]) -> Self {
        let mut axes: Vec<Axis> = Vec::new();
        let mut strides = [1_usize; 2];
        for (place, &extent) in output.iter().rev().enumerate() {
            let mut steps = [0; 2];
            for ((step, stride), shape) in steps.iter_mut().zip(&mut strides).zip(shapes) {
                let own = shape.iter().rev().nth(place).copied().unwrap_or(1);
                if own != 1 {
                    *step = *stride;
                    *stride = stride.saturating_mul(own);
                }
            }
            let axis = Axis { extent, steps };
            match axes.last_mut() {
                _ if extent == 1 => {}
                Some(inner) if axis.continues(*inner) => inner.extent *= extent,
                _ => axes.push(axis),
            }
        }
        axes.reverse();
        let row = axes.pop().unwrap_or(Axis {
            extent: 1,
            steps: [1; 2],
        });
        let mut broadcast = Broadcast {
            outer: axes,
            row,
            repeats: [1; 2],
        };
        broadcast.join_short_rows();
        broadcast
    }

    /// Makes one row of many where they are short and an operand's are all the same.
    fn join_short_rows(&mut self) {
        let Some(&Axis { extent, steps }) = self.outer.last() else {
            return;
        };
        let short = self.row.extent;
        let repeated = match steps {
            [0, step] if step == short => 0,
            [step, 0] if step == short => 1,
            _ => return,
        };
        if self.row.steps == [1; 2] && short <= PATTERN / 2 {
            self.outer.pop();
            self.row.extent *= extent;
            self.repeats[repeated] = extent;
        }
    }

    /// Writes what `apply` makes of each pair of elements that meet.
    pub(crate) fn map<L: Element, R: Element, O: Element>(
        &self,
        machine: Machine,
        (left, right): (&[L], &[R]),
        output: &mut [O],
        apply: impl Fn(L, R) -> O + Sync + Copy,
    ) {
        let length = self.row.extent;
        if output.is_empty() {
            return;
        }
        assert_eq!(
            output.len(),
            self.rows() * length,
            "one output for each pair"
        );
        let target = Target {
            first: output.as_mut_ptr(),
            stride: 1,
        };
        // Ranges begin where a row begins that an operand repeats.
        let unit = self.row.extent / self.repeats[0].max(self.repeats[1]);
        let grain = if self.outer.is_empty() {
            GRAIN.next_multiple_of(unit)
        } else {
            GRAIN.next_multiple_of(length)
        };
        machine.threads.split(output.len(), grain, |range| {
            // SAFETY: ranges lie within the output and do not meet.
            let output = unsafe {
                std::slice::from_raw_parts_mut(target.first().add(range.start), range.len())
            };
            let (mut row, within) = (range.start / length, range.start % length);
            let mut within = within;
            for output in output.chunks_mut(length) {
                let [left_start, right_start] = self.starts(row);
                let part = within..within + output.len();
                self.row(
                    machine.set,
                    (
                        self.operand(0, &left[left_start..], part.clone()),
                        self.operand(1, &right[right_start..], part),
                    ),
                    output,
                    apply,
                );
                row += 1;
                within = 0;
            }
        });
    }

    /// The elements of both operands that meet at element `index` of the output.
    pub(crate) fn places(&self, index: usize) -> [usize; 2] {
        let (row, column) = (index / self.row.extent, index % self.row.extent);
        let mut places = self.starts(row);
        for (operand, place) in places.iter_mut().enumerate() {
            let short = self.row.extent / self.repeats[operand];
            *place += column % short * self.row.steps[operand];
        }
        places
    }

    fn rows(&self) -> usize {
        self.outer.iter().map(|axis| axis.extent).product()
    }

    /// Where a row of the output begins in each operand.
    fn starts(&self, mut row: usize) -> [usize; 2] {
        let mut starts = [0; 2];
        for axis in self.outer.iter().rev() {
            let index = row % axis.extent;
            row /= axis.extent;
            for (start, step) in starts.iter_mut().zip(axis.steps) {
                *start += index * step;
            }
        }
        starts
    }

    /// Part of an operand's row, whose first element is that of `row`.
    fn operand<'a, T: Element>(
        &self,
        operand: usize,
        row: &'a [T],
        part: std::ops::Range<usize>,
    ) -> Operand<'a, T> {
        if self.repeats[operand] > 1 {
            Operand::Repeated(&row[..self.row.extent / self.repeats[operand]])
        } else if self.row.steps[operand] == 0 {
            Operand::One(row[0])
        } else {
            Operand::Each(&row[part])
        }
    }

    #[inline(always)]
    fn row<L: Element, R: Element, O: Element>(
        &self,
        set: InstructionSet,
        operands: (Operand<'_, L>, Operand<'_, R>),
        output: &mut [O],
        apply: impl Fn(L, R) -> O + Copy,
    ) {
        match operands {
            (Operand::Each(left), Operand::Each(right)) => pairs(set, left, right, output, apply),
            (Operand::Each(left), Operand::One(right)) => singles(
                set,
                left,
                output,
                #[inline(always)]
                move |left| apply(left, right),
            ),
            (Operand::One(left), Operand::Each(right)) => singles(
                set,
                right,
                output,
                #[inline(always)]
                move |right| apply(left, right),
            ),
            (Operand::One(left), Operand::One(right)) => output.fill(apply(left, right)),
            (Operand::Each(left), Operand::Repeated(right)) => {
                repeated(set, (left, right), output, apply);
            }
            (Operand::Repeated(left), Operand::Each(right)) => repeated(
                set,
                (right, left),
                output,
                #[inline(always)]
                move |right, left| apply(left, right),
            ),
            (Operand::One(_) | Operand::Repeated(_), Operand::Repeated(_))
            | (Operand::Repeated(_), Operand::One(_)) => {
                unreachable!("one operand alone is repeated, and the other one is not")
            }
        }
    }
}

impl Axis {
    /// Whether both operands go on from the last step along `inner` to the first of the next row as if it were one dimension.
    fn continues(self, inner: Axis) -> bool {
        let mut steps = self.steps.iter().zip(inner.steps);
        steps.all(|(&outer, inner_step)| Some(outer) == inner_step.checked_mul(inner.extent))
    }
}

/// What an operand has for the elements of a row.
enum Operand<'a, T> {
    /// One for each.
    Each(&'a [T]),
    /// One for all.
    One(T),
    /// One for each, from the first again after the last.
    Repeated(&'a [T]),
}

fn pairs<L: Element, R: Element, O>(
    set: InstructionSet,
    left: &[L],
    right: &[R],
    output: &mut [O],
    apply: impl Fn(L, R) -> O + Copy,
) {
    dispatch(
        set,
        #[inline(always)]
        || {
            for ((output, &left), &right) in output.iter_mut().zip(left).zip(right) {
                *output = apply(left, right);
            }
        },
    );
}

fn singles<T: Element, O>(
    set: InstructionSet,
    input: &[T],
    output: &mut [O],
    apply: impl Fn(T) -> O + Copy,
) {
    dispatch(
        set,
        #[inline(always)]
        || {
            for (output, &input) in output.iter_mut().zip(input) {
                *output = apply(input);
            }
        },
    );
}

fn repeated<T: Element, P: Element, O>(
    set: InstructionSet,
    (each, short): (&[T], &[P]),
    output: &mut [O],
    apply: impl Fn(T, P) -> O + Copy,
) {
    let Some(&first) = short.first() else { return };
    let mut pattern = [first; PATTERN];
    let length = PATTERN / short.len() * short.len();
    for target in pattern[..length].chunks_exact_mut(short.len()) {
        target.copy_from_slice(short);
    }
    let pattern = &pattern[..length];
    dispatch(
        set,
        #[inline(always)]
        || {
            for (output, each) in output.chunks_mut(length).zip(each.chunks(length)) {
                for ((output, &each), &short) in output.iter_mut().zip(each).zip(pattern) {
                    *output = apply(each, short);
                }
            }
        },
    );
}

/// A kernel that gives each element of the only output from the elements of the first two inputs that meet there.
pub(crate) fn kernel<L: Element, R: Element, O: Element>(
    node: &NodeContext<'_>,
    machine: Machine,
    apply: impl Fn(L, R) -> O + Send + Sync + Copy + 'static,
) -> Prepared {
    let broadcast = of(node)?;
    Ok(Box::new(
        move |io: &mut KernelIo<'_>| -> Result<(), OpError> {
            let operands = (io.input::<L>(0)?, io.input::<R>(1)?);
            broadcast.map(machine, operands, io.output()?, apply);
            Ok(())
        },
    ))
}

/// How the first two inputs of a node lie under its output.
pub(crate) fn of(node: &NodeContext<'_>) -> Result<Broadcast, Unprepared> {
    let shapes = [&node.shape(0)?[..], &node.shape(1)?[..]];
    Ok(Broadcast::new(shapes, output_shape(node, 0)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::threads::Threads;

    fn axis(extent: usize, steps: [usize; 2]) -> Axis {
        Axis { extent, steps }
    }

    #[test]
    fn dimensions_that_go_on_are_one() {
        let one = Broadcast::new([&[2, 3, 4], &[2, 3, 4]], &[2, 3, 4]);
        assert_eq!((one.outer, one.row), (vec![], axis(24, [1, 1])));
        let scalar = Broadcast::new([&[2, 3], &[1]], &[2, 3]);
        assert_eq!((scalar.outer, scalar.row), (vec![], axis(6, [1, 0])));
        let rows = Broadcast::new([&[2, 3], &[2, 1]], &[2, 3]);
        assert_eq!(
            (rows.outer, rows.row),
            (vec![axis(2, [3, 1])], axis(3, [1, 0]))
        );
    }

    #[test]
    fn short_rows_are_joined() {
        let channels = Broadcast::new([&[5, 7, 8], &[8]], &[5, 7, 8]);
        assert_eq!(channels.row, axis(280, [1, 1]));
        assert_eq!(channels.repeats, [1, 35]);
    }

    /// Shapes that broadcast together, and what comes out.
    fn shapes() -> impl Strategy<Value = [Vec<usize>; 3]> {
        prop::collection::vec((1..6_usize, 0..4), 0..5).prop_flat_map(|axes| {
            (Just(axes), 0..5_usize, 0..5_usize).prop_map(|(axes, left_rank, right_rank)| {
                let shape = |rank: usize, missing: i32| -> Vec<usize> {
                    let all: Vec<usize> = axes
                        .iter()
                        .map(|&(extent, kind)| if kind == missing { 1 } else { extent })
                        .collect();
                    all[all.len().saturating_sub(rank)..].to_vec()
                };
                let (left, right) = (shape(left_rank, 0), shape(right_rank, 1));
                let rank = left.len().max(right.len());
                let at = |shape: &[usize], place: usize| {
                    (place + shape.len())
                        .checked_sub(rank)
                        .map_or(1, |index| shape[index])
                };
                let output = (0..rank).map(|place| at(&left, place).max(at(&right, place)));
                let output = output.collect();
                [left, right, output]
            })
        })
    }

    proptest! {
        #[test]
        fn elements_meet_where_they_should([left, right, output] in shapes()) {
            let numbers = |shape: &[usize]| -> Vec<i32> {
                (0..shape.iter().product::<usize>() as i32).collect()
            };
            let (lefts, rights) = (numbers(&left), numbers(&right));
            let place = |shape: &[usize], mut index: usize| {
                let (mut place, mut stride) = (0, 1);
                for (axis, &extent) in output.iter().rev().enumerate() {
                    let own = shape.iter().rev().nth(axis).copied().unwrap_or(1);
                    if own != 1 {
                        place += index % extent * stride;
                    }
                    stride *= own;
                    index /= extent;
                }
                place
            };
            let broadcast = Broadcast::new([&left, &right], &output);
            let sets = InstructionSet::ALL.into_iter().filter(|set| set.is_available());
            for set in sets {
                let machine = Machine { set, threads: Threads(1) };
                let mut found = vec![-1; output.iter().product()];
                broadcast.map(
                    machine,
                    (&lefts, &rights),
                    &mut found,
                    #[inline(always)]
                    |left: i32, right: i32| left * 10_000 + right,
                );
                for (index, &found) in found.iter().enumerate() {
                    let expected = lefts[place(&left, index)] * 10_000 + rights[place(&right, index)];
                    prop_assert_eq!(found, expected);
                    prop_assert_eq!(broadcast.places(index), [place(&left, index), place(&right, index)]);
                }
            }
        }
    }
}
