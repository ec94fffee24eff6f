//! EXPAND_DIMS.

use demilite_core::Op;
use demilite_core::op::ExpandDims;

use super::movement::{self, Movement, Rows};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

const ROWS: Rows<i32> = &[
    (&[], 0),
    (&[3], -1),
    (&[5, 7], 0),
    (&[2, 3, 5], 1),
    (&[1, 5, 7, 3], -2),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "expand_dims",
        ROWS,
        |axis| format!("axis_{axis}"),
        |draft, input, _, axis| {
            let axis = draft.indices(&[], &[*axis]);
            Movement::new(Op::ExpandDims(ExpandDims), vec![input, axis])
        },
    )
}

impl UnderTest for ExpandDims {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::movement::expand_dims);
}
