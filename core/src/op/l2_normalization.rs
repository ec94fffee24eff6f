//! L2_NORMALIZATION: rows of the innermost dimension, divided by their Euclidean length.

use super::version::gives;
use super::{Activation, Attributes};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, L2NormOptions};
use crate::shape::Shape;

/// Input: a tensor of rank 1 or more. Output: the same shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct L2Normalization {
    /// Applied to the result; LiteRT's kernels take none but `None`.
    pub activation: Activation,
}

impl Attributes for L2Normalization {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, L2NormOptions)?;
        Ok(L2Normalization {
            activation: Activation::from_code(options.fused_activation_function)?,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = L2NormOptions {
            fused_activation_function: self.activation.code(),
        };
        (
            BuiltinOperator::L2Normalization,
            BuiltinOptions::L2NormOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        if gives(node, DataType::Int8) { 2 } else { 1 }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        if input.rank() == 0 {
            return Err(OpError::rule("a scalar has no innermost dimension"));
        }
        Ok(vec![input.clone()])
    }
}
