//! REAL, IMAG and COMPLEX_ABS: one real of each complex number.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions};
use crate::shape::Shape;

operator_kinds! {
    /// Which real is taken.
    ComplexPartKind {
        /// The absolute value.
        ComplexAbs,
        /// The imaginary part.
        Imag,
        /// The real part.
        Real,
    }
}

/// Input: complex64 or complex128. Output: float32 or float64 of the same shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplexPart {
    /// Which real is taken.
    pub kind: ComplexPartKind,
}

impl Attributes for ComplexPart {
    fn decode(operator: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        let kind = ComplexPartKind::of(operator)?;
        Ok(ComplexPart { kind })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        (self.kind.operator(), BuiltinOptions::None)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)?;
        match [node.required(0)?.dtype, node.output(0).dtype] {
            [DataType::Complex64, DataType::Float32]
            | [DataType::Complex128, DataType::Float64] => Ok(()),
            [DataType::Complex64, dtype] => Err(OpError::Type {
                what: "parts",
                dtype,
                accepted: "float32",
            }),
            [DataType::Complex128, dtype] => Err(OpError::Type {
                what: "parts",
                dtype,
                accepted: "float64",
            }),
            [dtype, _] => Err(OpError::Type {
                what: "numbers",
                dtype,
                accepted: "complex64 or complex128",
            }),
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
