//! Ops that put elements into places of a larger tensor, or read bytes as other elements.

use demilite_core::op::matrix_diag::MatrixDiagKind;
use demilite_core::op::{Bitcast, Dilate, MatrixDiag, SparseToDense};
use demilite_core::{DataType, Op};

use super::draw::Draw;
use crate::case::Case;
use crate::cases::{MOVED, bitcast, matrix_diag};
use crate::float_bound::Rounding;

use DataType::{Float32, Int8, Int32, Int64, UInt8};

pub(crate) fn bitcast(draw: &mut Draw) -> Case {
    let (from, to) = draw.one(bitcast::TYPES);
    let shape = bitcast::split(&draw.shape(0, 4), from, to);
    let mut draft = draw.draft("bitcast", from, &format!("to_{to}"));
    let input = draft.input_with(from, &shape, None);
    draft.finish(Op::Bitcast(Bitcast), &[input], to, None, Rounding::Moves)
}

pub(crate) fn dilate(draw: &mut Draw) -> Case {
    let dtype = draw.one(&MOVED);
    let shape = draw.shape(1, 4);
    let steps: Vec<i32> = shape.iter().map(|_| draw.signed(1, 3)).collect();
    let mut draft = draw.draft("dilate", dtype, "");
    let input = draft.input_with(dtype, &shape, None);
    let filling = draft.input_with(dtype, &[], None);
    let steps = draft.indices(&[steps.len()], &steps);
    let inputs = [input, steps, filling];
    draft.finish(Op::Dilate(Dilate), &inputs, dtype, None, Rounding::Moves)
}

pub(crate) fn matrix_diag(draw: &mut Draw) -> Case {
    let dtype = draw.one(&matrix_diag::TYPES);
    let kind = draw.one(MatrixDiagKind::ALL);
    let shapes = match kind {
        MatrixDiagKind::MatrixDiag => vec![draw.shape(1, 3)],
        MatrixDiagKind::MatrixSetDiag => {
            let matrices = draw.shape(2, 4);
            let (inner, outer) = (&matrices[matrices.len() - 2..], &matrices[..]);
            let length = inner[0].min(inner[1]);
            let diagonals = [&outer[..outer.len() - 2], &[length]].concat();
            vec![matrices, diagonals]
        }
    };
    let mut draft = draw.draft("matrix_diag", dtype, "");
    let inputs: Vec<_> = shapes
        .iter()
        .map(|shape| draft.input_with(dtype, shape, None))
        .collect();
    let op = Op::MatrixDiag(MatrixDiag { kind });
    draft.finish(op, &inputs, dtype, None, Rounding::Moves)
}

pub(crate) fn sparse_to_dense(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, Int8, UInt8, Int32, Int64]);
    let output = draw.shape(1, 4);
    let count = draw.integer(1, 9);
    let indices: Vec<i32> = (0..count * output.len())
        .map(|place| draw.integer(0, output[place % output.len()] - 1) as i32)
        .collect();
    let values = draw.one(&[vec![], vec![count]]);
    let mut draft = draw.draft("sparse_to_dense", dtype, "");
    let indices = draft.indices(&[count, output.len()], &indices);
    let values = draft.input_with(dtype, &values, None);
    let default = draft.input_with(dtype, &[], None);
    let extents: Vec<i32> = output.iter().map(|&extent| extent as i32).collect();
    let output = draft.indices(&[extents.len()], &extents);
    let op = Op::SparseToDense(SparseToDense {
        validate_indices: false,
    });
    let inputs = [indices, output, values, default];
    draft.finish(op, &inputs, dtype, None, Rounding::Moves)
}
