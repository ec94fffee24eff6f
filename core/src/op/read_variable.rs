//! READ_VARIABLE: the value that a resource variable holds.

use super::Attributes;
use super::var_handle::expect_handle;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Input: the handle. The output has the type and shape that the file states for it; one of rank 0
/// may have any shape, since files do not tell a scalar from a tensor of unknown rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadVariable;

impl Attributes for ReadVariable {
    without_attributes!(ReadVariable, ReadVariableOptions);

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)?;
        expect_handle(node)
    }

    fn is_pure(&self) -> bool {
        false
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let shape = &node.output(0).shape;
        if shape.is_empty() {
            return Err(OpError::Unknown { index: 0 });
        }
        Ok(vec![shape.clone()])
    }
}
