//! DIV: elementwise quotient, with broadcasting.

use super::version::broadcasts_far;
use super::{Activation, Attributes};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, DivOptions};
use crate::shape::Shape;

/// Inputs: two tensors that broadcast together. Output: their common shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Div {
    /// Applied to the quotient.
    pub activation: Activation,
}

impl Attributes for Div {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, DivOptions)?;
        Ok(Div {
            activation: Activation::from_code(options.fused_activation_function)?,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = DivOptions {
            fused_activation_function: self.activation.code(),
        };
        (BuiltinOperator::Div, BuiltinOptions::DivOptions(options))
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(0)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match broadcasts_far(node) {
            true => 2,
            false => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.broadcast(node.shape(1)?)?])
    }
}
