//! HARD_SWISH: `x · relu6(x + 3) / 6`.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, HardSwishOptions};
use crate::shape::Shape;

/// Input: a tensor of any shape. Output: the same shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HardSwish;

impl Attributes for HardSwish {
    fn decode(_: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        Ok(HardSwish)
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        (
            BuiltinOperator::HardSwish,
            BuiltinOptions::HardSwishOptions(HardSwishOptions {}),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
