//! BROADCAST_ARGS: the shape that two shapes broadcast to.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: two shapes (both int32 or both int64), each a vector of extents. Output: the vector of
/// the extents that they broadcast to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroadcastArgs;

impl Attributes for BroadcastArgs {
    without_attributes! { BroadcastArgs }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(0, "first shape")?;
        node.expect_indices(1, "second shape")
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        match (&node.shape(0)?[..], &node.shape(1)?[..]) {
            (&[left], &[right]) => Ok(vec![Shape::from([left.max(right)])]),
            _ => Err(OpError::rule("the two shapes are not given as vectors")),
        }
    }
}
