//! MUL: elementwise product, with broadcasting.

use super::{Activation, Attributes};
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, MulOptions};
use crate::shape::Shape;

/// Inputs: two tensors that broadcast together. Output: their common shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mul {
    /// Applied to the product.
    pub activation: Activation,
}

impl Attributes for Mul {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, MulOptions)?;
        Ok(Mul {
            activation: Activation::from_code(options.fused_activation_function)?,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = MulOptions {
            fused_activation_function: self.activation.code(),
        };
        (BuiltinOperator::Mul, BuiltinOptions::MulOptions(options))
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.broadcast(node.shape(1)?)?])
    }
}
