//! ZEROS_LIKE.

use demilite_core::op::ZerosLike;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

const SHAPES: &[&[usize]] = &[&[], &[3], &[5, 7], &[2, 3, 5, 7]];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [DataType::Float32, DataType::Int32, DataType::Int64] {
        for shape in SHAPES {
            let mut draft = Draft::new(format!("zeros_like/{dtype}/{}", extents(shape)));
            let input = draft.input(dtype, shape);
            let op = Op::ZerosLike(ZerosLike);
            cases.push(draft.finish(op, &[input], dtype, None, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for ZerosLike {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::extension::zeros_like);
}
