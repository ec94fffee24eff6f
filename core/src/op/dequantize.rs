//! DEQUANTIZE: integers or half-precision floats to single-precision reals.

use super::Attributes;
use super::version::is_per_axis;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, DequantizeOptions};
use crate::shape::Shape;

/// Input: a tensor of any shape. Output: the same shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dequantize;

impl Attributes for Dequantize {
    fn decode(_: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        Ok(Dequantize)
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        (
            BuiltinOperator::Dequantize,
            BuiltinOptions::DequantizeOptions(DequantizeOptions {}),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::Float8E4M3Fn | DataType::Float8E5M2) => 9,
            Some(DataType::UInt4) => 8,
            Some(DataType::Int2) => 7,
            Some(DataType::Int4) => 6,
            Some(DataType::Int16 | DataType::Float16) => 3,
            Some(DataType::Int8) if is_per_axis(node.input(0)) => 5,
            Some(DataType::Int8) => 2,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
