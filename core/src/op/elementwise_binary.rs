//! Functions of two tensors, element by element, without attributes.

use super::Attributes;
use super::version::{broadcasts_far, by_input};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{
    ATan2Options, BitwiseXorOptions, BuiltinOperator, BuiltinOptions, FloorDivOptions,
    FloorModOptions, LogicalAndOptions, LogicalOrOptions, MaximumMinimumOptions, PowOptions,
    RightShiftOptions, SquaredDifferenceOptions,
};
use crate::shape::Shape;

operator_kinds! {
    /// What becomes of the elements `a` and `b` that meet.
    BinaryKind {
        /// The angle of the point with ordinate `a` and abscissa `b`.
        Atan2,
        /// The bits in which `a` and `b` differ.
        BitwiseXor,
        /// `⌊a / b⌋`.
        FloorDiv,
        /// `a − b·⌊a / b⌋`.
        FloorMod,
        /// Whether `a` and `b` are both true.
        LogicalAnd,
        /// Whether `a` or `b` is true.
        LogicalOr,
        /// The greater one.
        Maximum,
        /// The lesser one.
        Minimum,
        /// `a` to the power `b`.
        Pow,
        /// `⌊a / 2^b⌋`, with `b` held between 0 and one less than the bits of the type.
        RightShift,
        /// `(a − b)²`.
        SquaredDifference,
    }
}

/// Inputs: two tensors of one type that broadcast together; those of ATAN2 have the same shape.
/// Output: their common shape and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementwiseBinary {
    /// The function.
    pub kind: BinaryKind,
}

impl Attributes for ElementwiseBinary {
    fn decode(operator: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        BinaryKind::of(operator).map(|kind| ElementwiseBinary { kind })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = match self.kind {
            BinaryKind::Atan2 => BuiltinOptions::ATan2Options(ATan2Options {}),
            BinaryKind::BitwiseXor => BuiltinOptions::BitwiseXorOptions(BitwiseXorOptions {}),
            BinaryKind::FloorDiv => BuiltinOptions::FloorDivOptions(FloorDivOptions {}),
            BinaryKind::FloorMod => BuiltinOptions::FloorModOptions(FloorModOptions {}),
            BinaryKind::LogicalAnd => BuiltinOptions::LogicalAndOptions(LogicalAndOptions {}),
            BinaryKind::LogicalOr => BuiltinOptions::LogicalOrOptions(LogicalOrOptions {}),
            BinaryKind::Maximum | BinaryKind::Minimum => {
                BuiltinOptions::MaximumMinimumOptions(MaximumMinimumOptions {})
            }
            BinaryKind::Pow => BuiltinOptions::PowOptions(PowOptions {}),
            BinaryKind::RightShift => BuiltinOptions::RightShiftOptions(RightShiftOptions {}),
            BinaryKind::SquaredDifference => {
                BuiltinOptions::SquaredDifferenceOptions(SquaredDifferenceOptions {})
            }
        };
        (self.kind.operator(), options)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        match self.kind {
            BinaryKind::Atan2 => None,
            BinaryKind::BitwiseXor
            | BinaryKind::FloorDiv
            | BinaryKind::FloorMod
            | BinaryKind::LogicalAnd
            | BinaryKind::LogicalOr
            | BinaryKind::Maximum
            | BinaryKind::Minimum
            | BinaryKind::Pow
            | BinaryKind::RightShift
            | BinaryKind::SquaredDifference => node.input_type(0),
        }
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match self.kind {
            BinaryKind::Maximum | BinaryKind::Minimum => match node.input_type(0) {
                Some(DataType::Int16) => 4,
                _ if broadcasts_far(node) => 3,
                Some(DataType::Int8) => 2,
                _ => 1,
            },
            BinaryKind::FloorDiv => by_input(
                node,
                0,
                &[
                    (DataType::Int16, 3),
                    (DataType::Int8, 3),
                    (DataType::Float32, 2),
                ],
            ),
            BinaryKind::FloorMod => by_input(node, 0, &[(DataType::Int16, 2), (DataType::Int8, 2)]),
            BinaryKind::SquaredDifference => by_input(node, 0, &[(DataType::Int8, 2)]),
            BinaryKind::Atan2
            | BinaryKind::BitwiseXor
            | BinaryKind::LogicalAnd
            | BinaryKind::LogicalOr
            | BinaryKind::Pow
            | BinaryKind::RightShift => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (left, right) = (node.shape(0)?, node.shape(1)?);
        if self.kind == BinaryKind::Atan2 && left != right {
            return Err(OpError::rule(format!(
                "its inputs have shapes {left} and {right} where one shape is needed"
            )));
        }
        Ok(vec![left.broadcast(right)?])
    }
}
