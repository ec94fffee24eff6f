//! RANK: the number of a tensor's dimensions.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;
use crate::value::Value;

/// Input: a tensor. Output: its rank, an int32 scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rank;

impl Rank {
    /// The rank of a tensor of this shape.
    ///
    /// # Errors
    /// [`OpError::Value`] when the machine has no memory for it.
    pub fn count(&self, shape: &Shape) -> Result<Value, OpError> {
        Ok(Value::from_slice(Shape::SCALAR, &[shape.rank() as i32])?)
    }
}

impl Attributes for Rank {
    without_attributes! { Rank, RankOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn output_type(&self, _: &NodeContext<'_>) -> Option<DataType> {
        Some(DataType::Int32)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        node.shape(0)?;
        Ok(vec![Shape::SCALAR])
    }
}
