//! SPLIT and SPLIT_V.

use demilite_core::Op;
use demilite_core::op::{Split, split::SplitKind};

use super::movement::{self, Movement, Rows, numbers};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

/// The axis and the number of even pieces, or the lengths of the pieces.
const ROWS: Rows<(i32, i32, &[i32])> = &[
    (&[6], (0, 3, &[])),
    (&[5, 7], (1, 1, &[])),
    (&[1, 5, 7, 6], (3, 2, &[])),
    (&[2, 9, 5], (-2, 3, &[])),
    (&[13], (0, 3, &[5, 1, 7])),
    (&[2, 3, 5, 7], (3, 2, &[2, -1])),
    (&[1, 5, 7, 3], (1, 4, &[1, 1, 2, 1])),
];

pub(super) fn cases() -> Vec<Case> {
    let words = |(axis, pieces, lengths): &(i32, i32, &[i32])| match lengths {
        [] => format!("axis_{axis}/even_{pieces}"),
        lengths => format!("axis_{axis}/lengths_{}", numbers(lengths)),
    };
    movement::cases(
        "split",
        ROWS,
        words,
        |draft, input, _, (axis, pieces, lengths)| {
            let axis = draft.indices(&[], &[*axis]);
            let (kind, inputs) = match lengths {
                [] => (SplitKind::Split, vec![axis, input]),
                lengths => {
                    let lengths = draft.indices(&[lengths.len()], lengths);
                    (SplitKind::SplitV, vec![input, lengths, axis])
                }
            };
            let num_splits = *pieces;
            Movement {
                op: Op::Split(Split { kind, num_splits }),
                inputs,
                outputs: num_splits as usize,
            }
        },
    )
}

impl UnderTest for Split {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::cutting::split);
}
