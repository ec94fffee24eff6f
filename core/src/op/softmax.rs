//! SOFTMAX: exponentials along the innermost dimension, divided by their sum.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, SoftmaxOptions};
use crate::shape::Shape;

/// Input: a tensor of rank 1 or more. Output: the same shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Softmax {
    /// Multiplies each input.
    pub beta: f32,
}

impl Attributes for Softmax {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, SoftmaxOptions)?;
        Ok(Softmax { beta: options.beta })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = SoftmaxOptions { beta: self.beta };
        (
            BuiltinOperator::Softmax,
            BuiltinOptions::SoftmaxOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(
            node,
            0,
            &[
                (DataType::Float16, 4),
                (DataType::Int16, 3),
                (DataType::Int8, 2),
            ],
        )
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        if input.rank() == 0 {
            return Err(OpError::rule("a scalar has no innermost dimension"));
        }
        Ok(vec![input.clone()])
    }
}
