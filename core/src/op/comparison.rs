//! EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{
    BuiltinOperator, BuiltinOptions, EqualOptions, GreaterEqualOptions, GreaterOptions,
    LessEqualOptions, LessOptions, NotEqualOptions,
};
use crate::shape::Shape;

operator_kinds! {
    /// What holds of the elements `a` and `b` that meet where the output is true.
    ComparisonKind {
        /// `a = b`.
        Equal,
        /// `a > b`.
        Greater,
        /// `a ≥ b`.
        GreaterEqual,
        /// `a < b`.
        Less,
        /// `a ≤ b`.
        LessEqual,
        /// `a ≠ b`.
        NotEqual,
    }
}

/// Inputs: two tensors of one type that broadcast together. Output: their common shape, as bools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The relation.
    pub kind: ComparisonKind,
}

impl Attributes for Comparison {
    fn decode(operator: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        ComparisonKind::of(operator).map(|kind| Comparison { kind })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = match self.kind {
            ComparisonKind::Equal => BuiltinOptions::EqualOptions(EqualOptions {}),
            ComparisonKind::Greater => BuiltinOptions::GreaterOptions(GreaterOptions {}),
            ComparisonKind::GreaterEqual => {
                BuiltinOptions::GreaterEqualOptions(GreaterEqualOptions {})
            }
            ComparisonKind::Less => BuiltinOptions::LessOptions(LessOptions {}),
            ComparisonKind::LessEqual => BuiltinOptions::LessEqualOptions(LessEqualOptions {}),
            ComparisonKind::NotEqual => BuiltinOptions::NotEqualOptions(NotEqualOptions {}),
        };
        (self.kind.operator(), options)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)
    }

    fn output_type(&self, _: &NodeContext<'_>) -> Option<DataType> {
        Some(DataType::Bool)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match self.kind {
            ComparisonKind::Equal => by_input(
                node,
                0,
                &[
                    (DataType::Int16, 5),
                    (DataType::String, 3),
                    (DataType::Int8, 2),
                ],
            ),
            ComparisonKind::NotEqual => by_input(
                node,
                0,
                &[
                    (DataType::Int16, 4),
                    (DataType::String, 3),
                    (DataType::Int8, 2),
                ],
            ),
            ComparisonKind::Less | ComparisonKind::GreaterEqual => {
                by_input(node, 0, &[(DataType::Int16, 3), (DataType::Int8, 2)])
            }
            ComparisonKind::Greater | ComparisonKind::LessEqual => {
                by_input(node, 0, &[(DataType::Int8, 2)])
            }
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.broadcast(node.shape(1)?)?])
    }
}
