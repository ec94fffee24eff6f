//! SLICE.

use demilite_core::Op;
use demilite_core::op::Slice;

use super::movement::{self, Movement, Rows, numbers};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

const ROWS: Rows<(&[i32], &[i32])> = &[
    (&[13], (&[5], &[7])),
    (&[5, 7], (&[1, 0], &[-1, 7])),
    (&[2, 3, 5], (&[0, 1, 2], &[2, 1, 3])),
    (&[1, 5, 7, 3], (&[0, 1, 2, 0], &[1, 3, 4, 3])),
    (&[2, 3, 5, 7], (&[1, 2, 4, 6], &[1, 1, 1, 1])),
    (&[2, 3, 2, 3, 2], (&[0, 1, 0, 1, 0], &[-1, -1, -1, -1, -1])),
    (
        &[2, 3, 1, 3, 2, 2],
        (&[0, 1, 0, 1, 0, 1], &[2, 2, 1, 2, 2, 1]),
    ),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "slice",
        ROWS,
        |(begin, size)| format!("{}/{}", numbers(begin), numbers(size)),
        |draft, input, shape, (begin, size)| {
            let begin = draft.indices(&[shape.len()], begin);
            let size = draft.indices(&[shape.len()], size);
            Movement::new(Op::Slice(Slice), vec![input, begin, size])
        },
    )
}

impl UnderTest for Slice {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::cutting::slice);
}
