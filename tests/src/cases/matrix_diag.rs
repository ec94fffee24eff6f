//! MATRIX_DIAG and MATRIX_SET_DIAG.

use demilite_core::op::MatrixDiag;
use demilite_core::op::matrix_diag::MatrixDiagKind;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

const DIAGONALS: &[&[usize]] = &[&[1], &[7], &[3, 5], &[2, 3, 13]];

/// Matrices, and the diagonals that they get.
const MATRICES: &[(&[usize], &[usize])] = &[
    (&[1, 1], &[1]),
    (&[3, 7], &[3]),
    (&[2, 7, 5], &[2, 5]),
    (&[2, 3, 5, 5], &[2, 3, 5]),
];

/// The types that LiteRT has kernels for.
pub(crate) const TYPES: [DataType; 6] = [
    DataType::Float32,
    DataType::Int8,
    DataType::UInt8,
    DataType::Int16,
    DataType::Int32,
    DataType::Int64,
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in TYPES {
        for &diagonals in DIAGONALS {
            let name = format!("matrix_diag/{dtype}/{}", extents(diagonals));
            let mut draft = Draft::new(name).within(99.0);
            let inputs = [draft.input_with(dtype, diagonals, None)];
            let kind = MatrixDiagKind::MatrixDiag;
            let op = Op::MatrixDiag(MatrixDiag { kind });
            cases.push(draft.finish(op, &inputs, dtype, None, Rounding::Moves));
        }
        for &(matrices, diagonals) in MATRICES {
            let (matrices_name, diagonals_name) = (extents(matrices), extents(diagonals));
            let name = format!("matrix_diag/{dtype}/{matrices_name}/set_{diagonals_name}");
            let mut draft = Draft::new(name).within(99.0);
            let inputs = [matrices, diagonals].map(|shape| draft.input_with(dtype, shape, None));
            let kind = MatrixDiagKind::MatrixSetDiag;
            let op = Op::MatrixDiag(MatrixDiag { kind });
            cases.push(draft.finish(op, &inputs, dtype, None, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for MatrixDiag {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::placement::matrix_diag);
}
