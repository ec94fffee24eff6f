//! ASSIGN_VARIABLE: gives a resource variable its value.

use super::Attributes;
use super::var_handle::expect_handle;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: the handle, the value. There is no output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AssignVariable;

impl Attributes for AssignVariable {
    without_attributes!(AssignVariable, AssignVariableOptions);

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 0..=0)?;
        expect_handle(node)
    }

    fn is_pure(&self) -> bool {
        false
    }

    fn infer(&self, _: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(Vec::new())
    }
}
