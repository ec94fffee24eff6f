//! LOG_SOFTMAX: the logarithm of the softmax along the innermost dimension.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, LogSoftmaxOptions};
use crate::shape::Shape;

/// Input: a tensor of rank 1 or more. Output: the same shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSoftmax;

impl Attributes for LogSoftmax {
    fn decode(_: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        Ok(LogSoftmax)
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        (
            BuiltinOperator::LogSoftmax,
            BuiltinOptions::LogSoftmaxOptions(LogSoftmaxOptions {}),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(node, 0, &[(DataType::Int8, 2)])
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        if input.rank() == 0 {
            return Err(OpError::rule("a scalar has no innermost dimension"));
        }
        Ok(vec![input.clone()])
    }
}
