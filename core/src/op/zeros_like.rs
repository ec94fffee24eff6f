//! ZEROS_LIKE: zeros in the shape of a tensor.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Input: a tensor. Output: zeros of the same shape and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZerosLike;

impl Attributes for ZerosLike {
    without_attributes! { ZerosLike, ZerosLikeOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(0)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
