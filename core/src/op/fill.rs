//! FILL: one value everywhere.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: a shape (int32 or int64) and a value. Output: a tensor of that shape, each element the
/// value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill;

impl Attributes for Fill {
    without_attributes! { Fill, FillOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(0, "extents")
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(
            node,
            1,
            &[
                (DataType::Float8E4M3Fn, 5),
                (DataType::Float8E5M2, 5),
                (DataType::Float16, 4),
                (DataType::Int8, 3),
                (DataType::Int16, 3),
                (DataType::Bool, 2),
                (DataType::String, 2),
            ],
        )
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let value = node.shape(1)?;
        if value.elements() != 1 {
            return Err(OpError::rule(format!(
                "input 1 has shape {value} where one value is needed"
            )));
        }
        Ok(vec![node.extents(0)?])
    }
}
