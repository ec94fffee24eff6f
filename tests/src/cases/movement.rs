//! What ops share that move the elements of their first input.

use demilite_core::{Op, TensorId};

use super::MOVED;
use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;

/// An op with its inputs and the number of its outputs, all of which have the type and quantization
/// of what is moved.
pub(super) struct Movement {
    pub(super) op: Op,
    pub(super) inputs: Vec<TensorId>,
    pub(super) outputs: usize,
}

impl Movement {
    /// An op with one output.
    pub(super) fn new(op: Op, inputs: Vec<TensorId>) -> Self {
        Movement {
            op,
            inputs,
            outputs: 1,
        }
    }
}

/// Shapes of the tensor whose elements are moved, each with what is done to it.
pub(super) type Rows<P> = &'static [(&'static [usize], P)];

/// A case for each type of elements and each row of a shape and parameters. `words` names the
/// parameters; `movement` adds further inputs to the tensor of that shape.
pub(super) fn cases<P>(
    file: &str,
    rows: &[(&[usize], P)],
    words: impl Fn(&P) -> String,
    movement: impl Fn(&mut Draft, TensorId, &[usize], &P) -> Movement,
) -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in MOVED {
        for (shape, parameters) in rows {
            let words = words(parameters);
            let name = match &words[..] {
                "" => format!("{file}/{dtype}/{}", extents(shape)),
                _ => format!("{file}/{dtype}/{}/{words}", extents(shape)),
            };
            let mut draft = Draft::new(name).within(8.0);
            let input = draft.input(dtype, shape);
            let quantization = draft.quantization_of(input);
            let moved = movement(&mut draft, input, shape, parameters);
            let outputs = vec![(dtype, quantization); moved.outputs];
            cases.push(draft.finish_all(moved.op, &moved.inputs, &outputs, Rounding::Moves));
        }
    }
    cases
}

/// Numbers as they stand in a name: `1_-2`, or `none`.
pub(super) fn numbers(numbers: &[i32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i32::to_string).collect();
    match numbers[..] {
        [] => "none".to_owned(),
        _ => numbers.join("_"),
    }
}
