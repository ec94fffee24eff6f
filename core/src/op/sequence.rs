//! Shapes of ops that walk along a sequence.

use crate::error::OpError;
use crate::shape::Shape;

/// The extents of an input of this rank but for the last, which is the length of its rows.
pub(super) fn rows(input: &Shape, rank: usize) -> Result<&[usize], OpError> {
    match input.split_last() {
        Some((_, rows)) if input.rank() == rank => Ok(rows),
        _ => Err(OpError::rule(format!(
            "an input of shape {input} where rank {rank} is needed"
        ))),
    }
}

/// The shapes of what goes forward and of what goes backward, or of one behind the other.
pub(super) fn both_directions(
    forward: usize,
    backward: usize,
    merge_outputs: bool,
    shape: impl Fn(usize) -> Shape,
) -> Result<Vec<Shape>, OpError> {
    if !merge_outputs {
        return Ok(vec![shape(forward), shape(backward)]);
    }
    match forward.checked_add(backward) {
        Some(both) => Ok(vec![shape(both)]),
        None => Err(OpError::rule("rows longer than can be addressed")),
    }
}
