//! QUANTIZE: reals to integers, or integers of one scale to those of another.

use super::Attributes;
use super::version::is_per_axis;
use crate::dtype::DataType;
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

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        let output = node.output(0);
        let has = |dtype: DataType| node.input_type(0) == Some(dtype) || output.dtype == dtype;
        if has(DataType::UInt4) {
            5
        } else if has(DataType::Int4) {
            4
        } else if is_per_axis(Some(output)) {
            3
        } else if output.dtype == DataType::Int16 {
            2
        } else {
            1
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
