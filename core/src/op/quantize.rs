//! QUANTIZE: reals to integers, or integers of one scale to those of another.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, QuantizeOptions};
use crate::shape::Shape;

/// Input: a tensor of any shape. Output: the same shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantize;

impl Attributes for Quantize {
    fn decode(_: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        Ok(Quantize)
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        (
            BuiltinOperator::Quantize,
            BuiltinOptions::QuantizeOptions(QuantizeOptions {}),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
