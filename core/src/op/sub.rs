//! SUB: elementwise difference, with broadcasting.

use super::version::broadcasts_far;
use super::{Activation, Attributes};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, SubOptions};
use crate::shape::Shape;

/// Inputs: two tensors that broadcast together. Output: their common shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sub {
    /// Applied to the difference.
    pub activation: Activation,
    /// Whether 16-bit inputs have scales that are powers of two.
    pub pot_scale_int16: bool,
}

impl Attributes for Sub {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, SubOptions)?;
        Ok(Sub {
            activation: Activation::from_code(options.fused_activation_function)?,
            pot_scale_int16: options.pot_scale_int16,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = SubOptions {
            fused_activation_function: self.activation.code(),
            pot_scale_int16: self.pot_scale_int16,
        };
        (BuiltinOperator::Sub, BuiltinOptions::SubOptions(options))
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(0)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::Int16) if !self.pot_scale_int16 => 5,
            Some(DataType::Int64) => 4,
            _ if broadcasts_far(node) => 3,
            Some(DataType::Int8) => 2,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.broadcast(node.shape(1)?)?])
    }
}
