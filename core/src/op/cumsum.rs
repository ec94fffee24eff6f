//! CUMSUM: running sums along an axis.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, CumsumOptions};
use crate::shape::Shape;

/// Inputs: a tensor of rank 1 or more and one axis (int32), negative when counted from the end.
/// Output: the input's shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cumsum {
    /// Whether an element's sum leaves out the element itself.
    pub exclusive: bool,
    /// Whether to add up from the end.
    pub reverse: bool,
}

impl Attributes for Cumsum {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, CumsumOptions)?;
        Ok(Cumsum {
            exclusive: options.exclusive,
            reverse: options.reverse,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = CumsumOptions {
            exclusive: self.exclusive,
            reverse: self.reverse,
        };
        (
            BuiltinOperator::Cumsum,
            BuiltinOptions::CumsumOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "axis")
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        match node.axis(1) {
            // The axis does not change the shape.
            Ok(_) | Err(OpError::Unknown { index: 1 }) => Ok(vec![node.shape(0)?.clone()]),
            Err(error) => Err(error),
        }
    }
}
