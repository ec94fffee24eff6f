//! LOGISTIC: `1 / (1 + exp(−x))`.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions};
use crate::shape::Shape;

/// Input: a tensor of any shape. Output: the same shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logistic;

impl Attributes for Logistic {
    fn decode(_: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        Ok(Logistic)
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        (BuiltinOperator::Logistic, BuiltinOptions::None)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(node, 0, &[(DataType::Int16, 3), (DataType::Int8, 2)])
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
