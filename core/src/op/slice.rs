//! SLICE: a box of a tensor.

use super::Attributes;
use super::version::rank;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: a tensor, where the box begins along each dimension, and how far it reaches (both int32
/// or int64); −1 reaches to the end. Output: the box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice;

/// Where the box begins along each dimension, and its shape.
///
/// # Errors
/// [`OpError::Shape`] for a box that is not inside the input.
pub fn slice_box(
    input: &Shape,
    begin: &[i64],
    size: &[i64],
) -> Result<(Vec<usize>, Shape), OpError> {
    let outside = || {
        OpError::rule(format!(
            "the box from {begin:?} of size {size:?} is not inside shape {input}"
        ))
    };
    if begin.len() != input.rank() || size.len() != input.rank() {
        return Err(outside());
    }
    let mut starts = Vec::with_capacity(input.rank());
    let mut extents = Vec::with_capacity(input.rank());
    for (axis, &extent) in input.iter().enumerate() {
        let start = usize::try_from(begin[axis]).map_err(|_| outside())?;
        let left = extent.checked_sub(start).ok_or_else(outside)?;
        let taken = match size[axis] {
            -1 => left,
            size => usize::try_from(size).map_err(|_| outside())?,
        };
        if taken > left {
            return Err(outside());
        }
        starts.push(start);
        extents.push(taken);
    }
    Ok((starts, Shape::new(extents)))
}

impl Attributes for Slice {
    without_attributes! { Slice, SliceOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=3, 1..=1)?;
        node.expect_indices(1, "begin")?;
        node.expect_indices(2, "size")
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::Float16) => 8,
            Some(DataType::Int4) => 7,
            Some(DataType::UInt32) => 6,
            _ if rank(node, 0) > 4 => 5,
            Some(DataType::Int16) => 4,
            Some(DataType::String) => 3,
            Some(DataType::Int8) => 2,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (_, shape) = slice_box(node.shape(0)?, &node.indices(1)?, &node.indices(2)?)?;
        Ok(vec![shape])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_lie_inside() {
        let input = Shape::from([4, 5]);
        let (starts, shape) = slice_box(&input, &[1, 5], &[2, -1]).unwrap();
        assert_eq!((starts, shape), (vec![1, 5], Shape::from([2, 0])));
        for (begin, size) in [
            ([0, 0], [5, 1]),
            ([5, 0], [-1, 1]),
            ([-1, 0], [1, 1]),
            ([0, 0], [-2, 1]),
            ([1, 0], [i64::MAX, 1]),
        ] {
            assert!(
                slice_box(&input, &begin, &size).is_err(),
                "{begin:?} {size:?}"
            );
        }
        assert!(slice_box(&input, &[0], &[1]).is_err());
    }
}
