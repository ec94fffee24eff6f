//! ADD_N: the sum of several tensors.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{AddNOptions, BuiltinOperator, BuiltinOptions};
use crate::shape::Shape;

/// Inputs: two tensors or more, of one shape and type. Output: the same shape and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddN;

impl Attributes for AddN {
    fn decode(_: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        Ok(AddN)
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        (
            BuiltinOperator::AddN,
            BuiltinOptions::AddNOptions(AddNOptions {}),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=usize::MAX, 1..=1)?;
        (2..node.input_count()).try_for_each(|index| node.required(index).map(|_| ()))
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(0)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let first = node.shape(0)?;
        for index in 1..node.input_count() {
            let shape = node.shape(index)?;
            if shape != first {
                return Err(OpError::rule(format!(
                    "input {index} has shape {shape} where {first} is needed"
                )));
            }
        }
        Ok(vec![first.clone()])
    }
}
