//! RELU, RELU6, RELU_N1_TO_1 and RELU_0_TO_1: clamps to an interval.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions};
use crate::shape::Shape;

/// The interval that reals are clamped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReluKind {
    /// From 0 up.
    Relu,
    /// From 0 to 6.
    Relu6,
    /// From −1 to 1.
    ReluN1To1,
    /// From 0 to 1.
    Relu0To1,
}

impl ReluKind {
    /// The interval's ends.
    pub fn range(self) -> (f32, f32) {
        match self {
            ReluKind::Relu => (0.0, f32::INFINITY),
            ReluKind::Relu6 => (0.0, 6.0),
            ReluKind::ReluN1To1 => (-1.0, 1.0),
            ReluKind::Relu0To1 => (0.0, 1.0),
        }
    }
}

/// Input: a tensor of any shape. Output: the same shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relu {
    /// The interval.
    pub kind: ReluKind,
}

impl Attributes for Relu {
    fn decode(operator: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        let kind = match operator {
            BuiltinOperator::Relu6 => ReluKind::Relu6,
            BuiltinOperator::ReluN1To1 => ReluKind::ReluN1To1,
            BuiltinOperator::Relu0To1 => ReluKind::Relu0To1,
            _ => ReluKind::Relu,
        };
        Ok(Relu { kind })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let operator = match self.kind {
            ReluKind::Relu => BuiltinOperator::Relu,
            ReluKind::Relu6 => BuiltinOperator::Relu6,
            ReluKind::ReluN1To1 => BuiltinOperator::ReluN1To1,
            ReluKind::Relu0To1 => BuiltinOperator::Relu0To1,
        };
        (operator, BuiltinOptions::None)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match self.kind {
            ReluKind::Relu => by_input(
                node,
                0,
                &[
                    (DataType::Int16, 3),
                    (DataType::Int8, 2),
                    (DataType::UInt8, 2),
                ],
            ),
            ReluKind::Relu6 => by_input(node, 0, &[(DataType::Int16, 3), (DataType::Int8, 2)]),
            ReluKind::ReluN1To1 | ReluKind::Relu0To1 => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
