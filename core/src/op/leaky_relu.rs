//! LEAKY_RELU: `x` from 0 up, `alpha · x` below.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, LeakyReluOptions};
use crate::shape::Shape;

/// Input: a tensor of any shape. Output: the same shape.
#[derive(Debug, Clone, PartialEq)]
pub struct LeakyRelu {
    /// The slope for negative numbers.
    pub alpha: f32,
}

impl Attributes for LeakyRelu {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, LeakyReluOptions)?;
        Ok(LeakyRelu {
            alpha: options.alpha,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = LeakyReluOptions { alpha: self.alpha };
        (
            BuiltinOperator::LeakyRelu,
            BuiltinOptions::LeakyReluOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(node, 0, &[(DataType::Int16, 2)])
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
