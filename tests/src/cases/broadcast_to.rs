//! BROADCAST_TO.

use demilite_core::Op;
use demilite_core::op::BroadcastTo;

use super::movement::{self, Movement, Rows, numbers};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

const ROWS: Rows<&[i32]> = &[
    (&[], &[3]),
    (&[1], &[5, 7]),
    (&[7], &[5, 7]),
    (&[5, 1], &[2, 5, 7]),
    (&[1, 5, 1, 3], &[2, 5, 7, 3]),
    (&[2, 3], &[2, 3]),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "broadcast_to",
        ROWS,
        |p| numbers(p),
        |draft, input, _, shape| {
            let shape = draft.indices(&[shape.len()], shape);
            Movement::new(Op::BroadcastTo(BroadcastTo), vec![input, shape])
        },
    )
}

impl UnderTest for BroadcastTo {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::extension::broadcast_to);
}
