//! SELECT and SELECT_V2.

use demilite_core::op::{Select, select::SelectKind};
use demilite_core::{DataType, Op};

use super::MOVED;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

/// The shapes of the condition and of the two tensors.
const ROWS: &[(SelectKind, [&[usize]; 3])] = &[
    (SelectKind::Select, [&[5, 7], &[5, 7], &[5, 7]]),
    (SelectKind::Select, [&[5], &[5, 7, 3], &[5, 7, 3]]),
    (SelectKind::Select, [&[], &[2, 3], &[2, 3]]),
    (SelectKind::SelectV2, [&[5, 7], &[5, 7], &[5, 7]]),
    (SelectKind::SelectV2, [&[7], &[5, 1], &[1, 7]]),
    (SelectKind::SelectV2, [&[1, 5, 7, 1], &[3], &[]]),
    (
        SelectKind::SelectV2,
        [&[2, 1, 3, 1, 5], &[3, 7, 1], &[7, 1]],
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in MOVED {
        for &(kind, shapes) in ROWS {
            let version = match kind {
                SelectKind::Select => "v1",
                SelectKind::SelectV2 => "v2",
            };
            let names = shapes.map(extents).join("/");
            let mut draft = Draft::new(format!("select/{dtype}/{names}/{version}")).within(8.0);
            let [condition, left, right] = shapes;
            let condition = draft.input(DataType::Bool, condition);
            let left = draft.input(dtype, left);
            let quantization = draft.quantization_of(left);
            let right = draft.input_with(dtype, right, quantization.clone());
            let op = Op::Select(Select { kind });
            let inputs = [condition, left, right];
            cases.push(draft.finish(op, &inputs, dtype, quantization, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for Select {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::select);
}
