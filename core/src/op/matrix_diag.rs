//! MATRIX_DIAG and MATRIX_SET_DIAG: matrices with a given diagonal.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, MatrixDiagOptions, MatrixSetDiagOptions};
use crate::shape::Shape;

operator_kinds! {
    /// What stands beside the diagonal.
    MatrixDiagKind {
        /// Zeros. Input: diagonals `[…,N]`. Output: `[…,N,N]`.
        MatrixDiag,
        /// What an input has there. Inputs: matrices `[…,M,N]`, diagonals `[…,min(M,N)]`. Output:
        /// `[…,M,N]`.
        MatrixSetDiag,
    }
}

/// Matrices with a given diagonal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixDiag {
    /// What stands beside the diagonal.
    pub kind: MatrixDiagKind,
}

impl Attributes for MatrixDiag {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let kind = MatrixDiagKind::of(operator)?;
        match kind {
            MatrixDiagKind::MatrixDiag => {
                options_of!(options, MatrixDiagOptions)?;
            }
            MatrixDiagKind::MatrixSetDiag => {
                options_of!(options, MatrixSetDiagOptions)?;
            }
        }
        Ok(MatrixDiag { kind })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = match self.kind {
            MatrixDiagKind::MatrixDiag => MatrixDiagOptions {}.into(),
            MatrixDiagKind::MatrixSetDiag => MatrixSetDiagOptions {}.into(),
        };
        (self.kind.operator(), options)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        let inputs = match self.kind {
            MatrixDiagKind::MatrixDiag => 1,
            MatrixDiagKind::MatrixSetDiag => 2,
        };
        node.expect_counts(inputs..=inputs, 1..=1)
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(0)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        match (self.kind, &input[..]) {
            (MatrixDiagKind::MatrixDiag, [.., last]) => {
                Ok(vec![input.iter().chain([last]).copied().collect()])
            }
            (MatrixDiagKind::MatrixDiag, []) => Err(OpError::rule("a scalar has no diagonal")),
            (MatrixDiagKind::MatrixSetDiag, [outer @ .., rows, columns]) => {
                let diagonal = node.shape(1)?;
                let length = *rows.min(columns);
                if diagonal[..] != [outer, &[length]].concat() {
                    return Err(OpError::rule(format!(
                        "diagonals of shape {diagonal} for matrices of shape {input}"
                    )));
                }
                Ok(vec![input.clone()])
            }
            (MatrixDiagKind::MatrixSetDiag, _) => Err(OpError::rule(format!(
                "matrices of shape {input} where at least two dimensions are needed"
            ))),
        }
    }
}
