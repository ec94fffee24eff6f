//! Functions of one tensor, element by element, without attributes.

use super::Attributes;
use super::version::{by_input, is_scaled};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{
    AbsOptions, BuiltinOperator, BuiltinOptions, CosOptions, ExpOptions, LogicalNotOptions,
    NegOptions, SignOptions, SquareOptions,
};
use crate::shape::Shape;

operator_kinds! {
    /// What becomes of an element `x`.
    UnaryKind {
        /// `|x|`.
        Abs,
        /// The least whole number not below `x`.
        Ceil,
        /// The cosine.
        Cos,
        /// `x` from 0 up, `exp(x) − 1` below.
        Elu,
        /// The exponential.
        Exp,
        /// The greatest whole number not above `x`.
        Floor,
        /// The natural logarithm.
        Log,
        /// Whether `x` is false.
        LogicalNot,
        /// `−x`.
        Neg,
        /// The nearest whole number, halves to the even one.
        Round,
        /// `1 / √x`.
        Rsqrt,
        /// −1, 0 or 1.
        Sign,
        /// The sine.
        Sin,
        /// `√x`.
        Sqrt,
        /// `x²`.
        Square,
    }
}

/// Input: a tensor of any shape. Output: the same shape and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementwiseUnary {
    /// The function.
    pub kind: UnaryKind,
}

impl Attributes for ElementwiseUnary {
    fn decode(operator: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        UnaryKind::of(operator).map(|kind| ElementwiseUnary { kind })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = match self.kind {
            UnaryKind::Abs => BuiltinOptions::AbsOptions(AbsOptions {}),
            UnaryKind::Cos => BuiltinOptions::CosOptions(CosOptions {}),
            UnaryKind::Exp => BuiltinOptions::ExpOptions(ExpOptions {}),
            UnaryKind::LogicalNot => BuiltinOptions::LogicalNotOptions(LogicalNotOptions {}),
            UnaryKind::Neg => BuiltinOptions::NegOptions(NegOptions {}),
            UnaryKind::Sign => BuiltinOptions::SignOptions(SignOptions {}),
            UnaryKind::Square => BuiltinOptions::SquareOptions(SquareOptions {}),
            UnaryKind::Ceil
            | UnaryKind::Elu
            | UnaryKind::Floor
            | UnaryKind::Log
            | UnaryKind::Round
            | UnaryKind::Rsqrt
            | UnaryKind::Sin
            | UnaryKind::Sqrt => BuiltinOptions::None,
        };
        (self.kind.operator(), options)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        match self.kind {
            UnaryKind::Ceil
            | UnaryKind::Exp
            | UnaryKind::Floor
            | UnaryKind::Neg
            | UnaryKind::Round => node.input_type(0),
            UnaryKind::Abs
            | UnaryKind::Cos
            | UnaryKind::Elu
            | UnaryKind::Log
            | UnaryKind::LogicalNot
            | UnaryKind::Rsqrt
            | UnaryKind::Sign
            | UnaryKind::Sin
            | UnaryKind::Sqrt
            | UnaryKind::Square => None,
        }
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match self.kind {
            UnaryKind::Abs => match node.input_type(0) {
                Some(DataType::Int32) => 5,
                Some(DataType::Int16) if is_scaled(node.input(0)) => 3,
                Some(DataType::Int16) => 4,
                Some(DataType::Int8 | DataType::UInt8) => 2,
                _ => 1,
            },
            UnaryKind::Rsqrt => by_input(node, 0, &[(DataType::Int16, 3), (DataType::Int8, 2)]),
            UnaryKind::Exp | UnaryKind::Log | UnaryKind::Sqrt => {
                by_input(node, 0, &[(DataType::Int8, 2), (DataType::Int16, 2)])
            }
            UnaryKind::Sign => by_input(node, 0, &[(DataType::Int32, 2)]),
            UnaryKind::Cos | UnaryKind::Sin => by_input(node, 0, &[(DataType::Float16, 2)]),
            UnaryKind::Ceil
            | UnaryKind::Elu
            | UnaryKind::Floor
            | UnaryKind::LogicalNot
            | UnaryKind::Neg
            | UnaryKind::Round
            | UnaryKind::Square => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
