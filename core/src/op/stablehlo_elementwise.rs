//! STABLEHLO_ADD, STABLEHLO_MAXIMUM, STABLEHLO_MINIMUM and STABLEHLO_MULTIPLY: functions of two tensors of one shape.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions};
use crate::shape::Shape;

operator_kinds! {
    /// What becomes of the elements `a` and `b` that meet. Integers stand for themselves, and those that leave their type wrap.
    StablehloKind {
        /// `a + b`.
        StablehloAdd,
        /// `b` where it is greater than `a`, else `a`.
        StablehloMaximum,
        /// `b` where it is less than `a`, else `a`.
        StablehloMinimum,
        /// `a · b`.
        StablehloMultiply,
    }
}

/// Inputs: two tensors of one shape and type. Output: a tensor of that shape and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StablehloElementwise {
    /// The function.
    pub kind: StablehloKind,
}

impl Attributes for StablehloElementwise {
    fn decode(operator: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        StablehloKind::of(operator).map(|kind| StablehloElementwise { kind })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        (self.kind.operator(), BuiltinOptions::None)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (left, right) = (node.shape(0)?, node.shape(1)?);
        if left != right {
            return Err(OpError::rule(format!(
                "its inputs have shapes {left} and {right} where one shape is needed"
            )));
        }
        Ok(vec![left.clone()])
    }
}
