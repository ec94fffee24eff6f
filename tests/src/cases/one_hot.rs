//! ONE_HOT.

use demilite_core::op::OneHot;
use demilite_core::{DataType, Op};

use super::MOVED;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

/// The shape of the indices, the length of the vectors, and the place of their dimension.
const ROWS: &[(&[usize], i32, i32)] = &[
    (&[], 5, 0),
    (&[7], 5, -1),
    (&[7], 3, 0),
    (&[2, 3], 5, 1),
    (&[2, 3, 5], 1, 3),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for index in [DataType::Int32, DataType::Int64] {
        for dtype in MOVED {
            for &(shape, depth, axis) in ROWS {
                let shapes = extents(shape);
                let name = format!("one_hot/{index}/{shapes}/{dtype}/depth_{depth}/axis_{axis}");
                let mut draft = Draft::new(name).within(5.0);
                let indices = draft.input(index, shape);
                let depth = draft.indices(&[], &[depth]);
                let on = draft.constant(dtype, &[], None);
                let off = draft.constant(dtype, &[], None);
                let op = Op::OneHot(OneHot { axis });
                let inputs = [indices, depth, on, off];
                cases.push(draft.finish(op, &inputs, dtype, None, Rounding::Moves));
            }
        }
    }
    cases
}

impl UnderTest for OneHot {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::one_hot);
}
