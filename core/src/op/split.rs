//! SPLIT and SPLIT_V: a tensor cut into pieces along an axis.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, SplitOptions, SplitVOptions};
use crate::shape::Shape;

operator_kinds! {
    /// How long the pieces are.
    SplitKind {
        /// All the same. Inputs: the axis (int32) and a tensor.
        Split,
        /// As an input says, where one length may be −1: whatever is left. Inputs: a tensor, the
        /// lengths (int32 or int64) and the axis (int32).
        SplitV,
    }
}

/// Outputs: the pieces, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// How long the pieces are.
    pub kind: SplitKind,
    /// Number of pieces.
    pub num_splits: i32,
}

/// How a tensor is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The axis.
    pub axis: usize,
    /// The extent of each piece along the axis.
    pub lengths: Vec<usize>,
}

impl Split {
    /// The place of the tensor among the inputs.
    pub fn tensor_input(&self) -> usize {
        match self.kind {
            SplitKind::Split => 1,
            SplitKind::SplitV => 0,
        }
    }

    /// How the node's tensor is cut.
    ///
    /// # Errors
    /// [`OpError::Unknown`] where only an invocation shows it, [`OpError::Shape`] where the pieces
    /// do not add up.
    pub fn cut(&self, node: &NodeContext<'_>) -> Result<Cut, OpError> {
        let input = node.shape(self.tensor_input())?;
        let pieces = node.node().outputs.len();
        match self.kind {
            SplitKind::Split => {
                let axis = input.axis(node.single_index(0)?)?;
                if !input[axis].is_multiple_of(pieces) {
                    return Err(OpError::rule(format!(
                        "axis {axis} of shape {input} does not split into {pieces} even pieces"
                    )));
                }
                let lengths = vec![input[axis] / pieces; pieces];
                Ok(Cut { axis, lengths })
            }
            SplitKind::SplitV => {
                let axis = input.axis(node.single_index(2)?)?;
                let lengths = lengths(input[axis], &node.indices(1)?)?;
                if lengths.len() != pieces {
                    return Err(OpError::rule(format!(
                        "{} lengths for {pieces} pieces",
                        lengths.len()
                    )));
                }
                Ok(Cut { axis, lengths })
            }
        }
    }
}

/// The lengths of the pieces of `extent`, where −1 stands for whatever is left.
fn lengths(extent: usize, stated: &[i64]) -> Result<Vec<usize>, OpError> {
    let mismatch = || {
        OpError::rule(format!(
            "pieces of lengths {stated:?} do not add up to an extent of {extent}"
        ))
    };
    let known = stated
        .iter()
        .filter(|&&length| length != -1)
        .try_fold(0_usize, |sum, &length| {
            sum.checked_add(usize::try_from(length).ok()?)
        });
    let left = known.and_then(|known| extent.checked_sub(known));
    let left = left.ok_or_else(mismatch)?;
    match stated.iter().filter(|&&length| length == -1).count() {
        0 if left == 0 => {}
        1 => {}
        _ => return Err(mismatch()),
    }
    let lengths = stated.iter();
    Ok(lengths
        .map(|&length| if length == -1 { left } else { length as usize })
        .collect())
}

impl Attributes for Split {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let kind = SplitKind::of(operator)?;
        let num_splits = match kind {
            SplitKind::Split => options_of!(options, SplitOptions)?.num_splits,
            SplitKind::SplitV => options_of!(options, SplitVOptions)?.num_splits,
        };
        Ok(Split { kind, num_splits })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let num_splits = self.num_splits;
        let options = match self.kind {
            SplitKind::Split => BuiltinOptions::SplitOptions(SplitOptions { num_splits }),
            SplitKind::SplitV => BuiltinOptions::SplitVOptions(SplitVOptions { num_splits }),
        };
        (self.kind.operator(), options)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        let pieces = super::positive("num_splits", self.num_splits)?;
        match self.kind {
            SplitKind::Split => {
                node.expect_counts(2..=2, pieces..=pieces)?;
                node.expect_indices(0, "axis")
            }
            SplitKind::SplitV => {
                node.expect_counts(3..=3, pieces..=pieces)?;
                node.expect_indices(1, "lengths")?;
                node.expect_indices(2, "axis")
            }
        }
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(self.tensor_input())
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match self.kind {
            SplitKind::Split => by_input(
                node,
                1,
                &[
                    (DataType::Float8E4M3Fn, 5),
                    (DataType::Float8E5M2, 5),
                    (DataType::Int16, 4),
                    (DataType::Int32, 3),
                    (DataType::Int8, 2),
                ],
            ),
            SplitKind::SplitV => by_input(
                node,
                0,
                &[
                    (DataType::Float8E4M3Fn, 3),
                    (DataType::Float8E5M2, 3),
                    (DataType::Int8, 2),
                ],
            ),
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(self.tensor_input())?;
        let Cut { axis, lengths } = self.cut(node)?;
        let piece = |length| {
            let mut dims = input.to_vec();
            dims[axis] = length;
            Shape::new(dims)
        };
        Ok(lengths.into_iter().map(piece).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_length_takes_what_is_left() {
        assert_eq!(lengths(7, &[2, -1, 1]).unwrap(), [2, 4, 1]);
        assert_eq!(lengths(3, &[2, -1, 1]).unwrap(), [2, 0, 1]);
        for stated in [&[2, 4][..], &[8, -1], &[-1, -1], &[9, -2], &[i64::MAX, 8]] {
            assert!(lengths(7, stated).is_err(), "{stated:?}");
        }
    }
}
