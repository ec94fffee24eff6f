//! SEGMENT_SUM: sums of consecutive rows.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: a tensor (int32 or float32) and the segment of each of its rows (int32): 0 for the first
/// row, then for each the same as before or one more. Output: a row for each segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentSum;

/// The number of segments.
///
/// # Errors
/// [`OpError::Shape`] for segments that do not count up from 0.
pub fn segment_count(ids: &[i64]) -> Result<usize, OpError> {
    let mut count = 0;
    for &id in ids {
        if id == count {
            count += 1;
        } else if count == 0 || id != count - 1 {
            return Err(OpError::rule(format!(
                "segment {id} after segment {}: segments count up from 0",
                count - 1
            )));
        }
    }
    Ok(count as usize)
}

impl Attributes for SegmentSum {
    without_attributes! { SegmentSum, SegmentSumOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "segments")
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (input, ids) = (node.shape(0)?, node.shape(1)?);
        if input.is_empty() || **ids != [input[0]] {
            return Err(OpError::rule(format!(
                "segments of shape {ids} for a tensor of shape {input}: one is needed for each row"
            )));
        }
        let mut dims = input.to_vec();
        dims[0] = segment_count(&node.indices(1)?)?;
        Ok(vec![Shape::new(dims)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_count_up_from_zero() {
        assert_eq!(segment_count(&[0, 0, 1, 2, 2]).unwrap(), 3);
        assert_eq!(segment_count(&[]).unwrap(), 0);
        for ids in [&[1][..], &[-1], &[0, 2], &[0, 1, 0]] {
            assert!(segment_count(ids).is_err(), "{ids:?}");
        }
    }
}
