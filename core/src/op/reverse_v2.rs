//! REVERSE_V2: a tensor backwards along some axes.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: a tensor and the axes (int32), negative ones counted from the end. Output: the same
/// shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReverseV2;

impl Attributes for ReverseV2 {
    without_attributes! { ReverseV2, ReverseV2Options }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "axes")
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(
            node,
            0,
            &[
                (DataType::Float8E4M3Fn, 4),
                (DataType::Float8E5M2, 4),
                (DataType::Int8, 3),
                (DataType::Bool, 2),
            ],
        )
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
