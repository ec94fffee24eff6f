//! MATRIX_DIAG and MATRIX_SET_DIAG: matrices with a given diagonal.

use demilite_core::op::matrix_diag::MatrixDiagKind;
use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::movement::elements::element_bytes;

/// Puts elements of `bytes` bytes on the diagonals of matrices of `rows` rows and `columns` columns.
pub fn set_diagonals(
    (rows, columns): (usize, usize),
    bytes: usize,
    diagonals: &[u8],
    matrices: &mut [u8],
) {
    let length = rows.min(columns) * bytes;
    if length == 0 {
        return;
    }
    let matrices = matrices.chunks_exact_mut(rows * columns * bytes);
    for (matrix, diagonal) in matrices.zip(diagonals.chunks_exact(length)) {
        for (index, element) in diagonal.chunks_exact(bytes).enumerate() {
            matrix[index * (columns + 1) * bytes..][..bytes].copy_from_slice(element);
        }
    }
}

pub(crate) fn prepare(op: &op::MatrixDiag, node: &NodeContext<'_>) -> Prepared {
    use DataType::{Float32, Int8, Int16, Int32, Int64, UInt8};
    let output = node.output(0).dtype;
    if !matches!(output, Float32 | Int8 | UInt8 | Int16 | Int32 | Int64) {
        return Err(Unprepared::types(node));
    }
    let bytes = element_bytes(node, 0..node.input_count())?;
    let kind = op.kind;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let input = io.view(0)?.bytes();
        let diagonals = match kind {
            MatrixDiagKind::MatrixDiag => {
                io.outputs[0].bytes_mut().fill(0);
                input
            }
            MatrixDiagKind::MatrixSetDiag => {
                io.outputs[0].bytes_mut().copy_from_slice(input);
                io.view(1)?.bytes()
            }
        };
        let [.., rows, columns] = io.outputs[0].shape()[..] else {
            return Ok(());
        };
        set_diagonals((rows, columns), bytes, diagonals, io.outputs[0].bytes_mut());
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagonals_end_at_the_shorter_side() {
        let mut matrices = [0; 12];
        set_diagonals((2, 3), 1, &[1, 2, 3, 4], &mut matrices);
        assert_eq!(matrices, [1, 0, 0, 0, 2, 0, 3, 0, 0, 0, 4, 0]);
        set_diagonals((3, 2), 2, &[5, 6, 7, 8], &mut matrices);
        assert_eq!(matrices, [5, 6, 0, 0, 2, 0, 7, 8, 0, 0, 4, 0]);
    }
}
