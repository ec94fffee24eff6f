//! EXPAND_DIMS: a tensor with a dimension of extent 1 more.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::op::pack::{added_axis, with_dimension};
use crate::shape::Shape;

/// Inputs: a tensor and the place of the additional dimension (one int32 or int64), negative when
/// counted from the end. Output: the same elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandDims;

impl Attributes for ExpandDims {
    without_attributes! { ExpandDims, ExpandDimsOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "axis")
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(0)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let axis = added_axis(input, node.single_index(1)?)?;
        Ok(vec![with_dimension(input, axis, 1)])
    }
}
