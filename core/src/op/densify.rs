//! DENSIFY: a sparse constant with its zeros.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Input: a constant that is stored sparsely. Output: the same tensor, stored densely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Densify;

impl Attributes for Densify {
    without_attributes! { Densify, DensifyOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)?;
        let input = node.required(0)?;
        if input.constant.is_none() || input.sparsity.is_none() {
            return Err(OpError::rule(
                "its input is not a constant that is stored sparsely",
            ));
        }
        Ok(())
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
