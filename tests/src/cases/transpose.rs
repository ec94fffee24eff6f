//! TRANSPOSE.

use demilite_core::Op;
use demilite_core::op::Transpose;

use super::movement::{self, Movement, Rows, numbers};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

const ROWS: Rows<&[i32]> = &[
    (&[3], &[0]),
    (&[5, 7], &[1, 0]),
    (&[2, 3, 5], &[2, 0, 1]),
    (&[1, 5, 7, 3], &[0, 3, 1, 2]),
    (&[2, 3, 5, 7], &[3, 2, 1, 0]),
    (&[2, 3, 5, 7], &[0, 2, 1, -1]),
    (&[2, 1, 3, 1, 5], &[4, 0, 3, 1, 2]),
    (&[1, 2, 1, 3, 5, 2], &[5, 3, 1, 4, 2, 0]),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "transpose",
        ROWS,
        |p| numbers(p),
        |draft, input, shape, permutation| {
            let permutation = draft.indices(&[shape.len()], permutation);
            Movement::new(Op::Transpose(Transpose), vec![input, permutation])
        },
    )
}

impl UnderTest for Transpose {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::movement::transpose);
}
