//! BROADCAST_TO: a tensor stretched to a shape.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: a tensor and a shape (int32 or int64) that it broadcasts to. Output: the tensor with
/// that shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroadcastTo;

impl Attributes for BroadcastTo {
    without_attributes! { BroadcastTo, BroadcastToOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "shape")
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::Float8E4M3Fn | DataType::Float8E5M2) => 4,
            Some(DataType::Int8 | DataType::Int16) => 3,
            _ => 2,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let output = node.extents(1)?;
        if input.broadcast(&output)? != output {
            return Err(OpError::rule(format!(
                "shape {input} does not stretch to {output}"
            )));
        }
        Ok(vec![output])
    }
}
