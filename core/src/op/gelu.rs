//! GELU: `x · Φ(x)`, where Φ is the normal distribution.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, GeluOptions};
use crate::shape::Shape;

/// Input: a tensor of any shape. Output: the same shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gelu {
    /// Whether Φ is approximated with `tanh`.
    pub approximate: bool,
}

impl Attributes for Gelu {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, GeluOptions)?;
        Ok(Gelu {
            approximate: options.approximate,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = GeluOptions {
            approximate: self.approximate,
        };
        (BuiltinOperator::Gelu, BuiltinOptions::GeluOptions(options))
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(
            node,
            0,
            &[
                (DataType::Float16, 3),
                (DataType::Int8, 2),
                (DataType::UInt8, 2),
            ],
        )
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
