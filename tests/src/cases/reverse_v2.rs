//! REVERSE_V2.

use demilite_core::Op;
use demilite_core::op::ReverseV2;

use super::movement::{self, Movement, Rows, numbers};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

const ROWS: Rows<&[i32]> = &[
    (&[13], &[0]),
    (&[5, 7], &[1]),
    (&[5, 7], &[-2, 1]),
    (&[2, 3, 5], &[1]),
    (&[1, 5, 7, 3], &[1, 2]),
    (&[2, 1, 3, 1, 5], &[4]),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "reverse_v2",
        ROWS,
        |p| numbers(p),
        |draft, input, _, axes| {
            let axes = draft.indices(&[axes.len()], axes);
            Movement::new(Op::ReverseV2(ReverseV2), vec![input, axes])
        },
    )
}

impl UnderTest for ReverseV2 {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::movement::reverse_v2);
}
