//! ResizeArgmax: a segmentation at four times its size, as MLPerf's mobile benchmark has it.
//!
//! Inputs: the scores of classes `[1,S,S,classes]`, uint8; a size and an axis, int32, of which the axis is
//! 3. Output, int32: the class of each pixel of an image four times as high and wide, of the shape that the
//! file states, `[1,4·S,4·S]` or `[1,4·S,4·S,1]`.
//!
//! Four blocks whose greatest classes are the same give that class to all pixels between them; others
//! interpolate scores in quarters, rounded down along the columns and again along the rows. The last row
//! and column of blocks keep their own class.

use demilite_core::op::nhwc;
use demilite_core::{DataType, NodeContext, OpError, Reject, Shape};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use super::CustomKernel;

/// Pixels of a block along each axis.
const FACTOR: usize = 4;

/// See [the module](self).
#[derive(Debug)]
pub struct ResizeArgmax;

/// The index of the greatest value, of equal ones the first; 0 of zeros.
fn first_greatest(values: impl Iterator<Item = u32>) -> i32 {
    let greatest =
        values.enumerate().fold(
            (0, 0),
            |best, (index, value)| {
                if value > best.1 { (index, value) } else { best }
            },
        );
    greatest.0 as i32
}

/// A mix of two scores: `quarters` of the second.
fn mixed(first: u32, second: u32, quarters: usize) -> u32 {
    let quarters = quarters as u32;
    (first * (FACTOR as u32 - quarters) + second * quarters) / FACTOR as u32
}

/// The class of each pixel, of `side` times `side` blocks of `classes` scores.
pub fn resize_argmax(scores: &[u8], side: usize, classes: usize, output: &mut [i32]) {
    let block = |row: usize, column: usize| &scores[(row * side + column) * classes..][..classes];
    let class = |scores: &[u8]| first_greatest(scores.iter().map(|&score| score.into()));
    let width = FACTOR * side;
    for (index, output) in output.iter_mut().enumerate() {
        let (row, column) = (index / width / FACTOR, index % width / FACTOR);
        let own = block(row, column);
        *output = class(own);
        if row + 1 == side || column + 1 == side {
            continue;
        }
        let [right, below, across] =
            [(0, 1), (1, 0), (1, 1)].map(|(down, aside)| block(row + down, column + aside));
        if [right, below, across]
            .iter()
            .all(|other| class(other) == *output)
        {
            continue;
        }
        let (down, aside) = (index / width % FACTOR, index % width % FACTOR);
        *output = first_greatest((0..classes).map(|class| {
            let score = |scores: &[u8]| u32::from(scores[class]);
            let upper = mixed(score(own), score(right), aside);
            let lower = mixed(score(below), score(across), aside);
            mixed(upper, lower, down)
        }));
    }
}

impl ResizeArgmax {
    /// Blocks along each axis, and classes.
    fn extents(node: &NodeContext<'_>) -> Result<[usize; 2], OpError> {
        node.expect_counts(3..=3, 1..=1)?;
        match nhwc(node.shape(0)?, "scores")? {
            [1, height, width, classes] if height == width && classes > 0 => Ok([height, classes]),
            shape => Err(OpError::rule(format!(
                "scores of shape {shape:?}, not [1,S,S,classes]"
            ))),
        }
    }
}

impl CustomKernel for ResizeArgmax {
    fn name(&self) -> &str {
        "ResizeArgmax"
    }

    fn output_shapes(&self, _: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let [side, _] = Self::extents(node)?;
        let width = side.checked_mul(FACTOR);
        let width = width.ok_or_else(|| OpError::rule("an output beyond what can be addressed"))?;
        Ok(vec![match node.output(0).shape.rank() {
            4 => Shape::from([1, width, width, 1]),
            _ => Shape::from([1, width, width]),
        }])
    }

    fn prepare(&self, _: &[u8], node: &NodeContext<'_>) -> Prepared {
        let [side, classes] = Self::extents(node)?;
        if [node.required(0)?.dtype, node.output(0).dtype] != [DataType::UInt8, DataType::Int32] {
            return Err(Unprepared::types(node));
        }
        let (size, axis) = (node.indices(1)?, node.single_index(2)?);
        let width = (FACTOR * side) as i64;
        if axis != 3 || size[..] != [width, width] {
            return Err(Reject::unsupported(format!(
                "a size of {size:?} and axis {axis}; there is a kernel for {width} times {width} and axis 3"
            ))
            .into());
        }
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let scores = io.input(0)?;
            resize_argmax(scores, side, classes, io.output()?);
            Ok(())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_between_classes_lie_where_their_scores_meet() {
        // Two classes; the left column of blocks is of the first, the right one of the second.
        let scores = [100, 0, 0, 100, 100, 0, 0, 100];
        let mut output = [9; 64];
        resize_argmax(&scores, 2, 2, &mut output);
        let row = [0, 0, 0, 1, 1, 1, 1, 1];
        assert_eq!(output[..8], row);
        assert_eq!(output[24..32], row);
        // The last row of blocks keeps its own classes.
        assert_eq!(output[32..40], [0, 0, 0, 0, 1, 1, 1, 1]);
    }

    #[test]
    fn blocks_of_one_class_are_filled() {
        let mut output = [9; 64];
        resize_argmax(&[1, 2, 0, 7, 3, 4, 250, 251], 2, 2, &mut output);
        assert_eq!(output, [1; 64]);
    }
}
