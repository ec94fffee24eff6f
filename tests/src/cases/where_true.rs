//! WHERE.

use demilite_core::op::Where;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

const SHAPES: &[&[usize]] = &[&[13], &[5, 7], &[2, 3, 5], &[2, 3, 5, 7]];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [
        DataType::Bool,
        DataType::Float32,
        DataType::Int8,
        DataType::UInt8,
        DataType::Int32,
        DataType::Int64,
    ] {
        for shape in SHAPES {
            let name = format!("where_true/{dtype}/{}", extents(shape));
            let mut draft = Draft::new(name).within(2.0);
            let input = draft.input_with(dtype, shape, None);
            let op = Op::Where(Where);
            cases.push(draft.finish(op, &[input], DataType::Int64, None, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for Where {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::where_true);
}
