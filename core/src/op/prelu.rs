//! PRELU: `x` from 0 up, `alpha · x` below, with slopes that are a tensor.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions};
use crate::shape::Shape;

/// Inputs: a tensor of any shape and the slopes, which broadcast to it. Output: the first input's
/// shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prelu;

impl Attributes for Prelu {
    fn decode(_: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        Ok(Prelu)
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        (BuiltinOperator::Prelu, BuiltinOptions::None)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(0)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (input, slopes) = (node.shape(0)?, node.shape(1)?);
        if input.broadcast(slopes)? != *input {
            return Err(OpError::rule(format!(
                "slopes of shape {slopes} do not broadcast to {input}"
            )));
        }
        Ok(vec![input.clone()])
    }
}
