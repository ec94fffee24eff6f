//! REVERSE_SEQUENCE.

use demilite_core::Op;
use demilite_core::op::ReverseSequence;

use super::movement::{self, Movement, Rows, numbers};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

/// The dimension that sequences run along, the one that counts them, and their lengths.
const ROWS: Rows<(i32, i32, &[i32])> = &[
    (&[2, 5], (1, 0, &[3, 5])),
    (&[5, 2], (0, 1, &[1, 4])),
    (&[3, 5, 7], (1, 0, &[5, 1, 2])),
    (&[2, 3, 5, 7], (3, 1, &[7, 3, 1])),
    (&[2, 3, 5, 7], (0, 2, &[1, 2, 2, 1, 2])),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "reverse_sequence",
        ROWS,
        |(seq, batch, lengths)| format!("{seq}_by_{batch}/{}", numbers(lengths)),
        |draft, input, _, (seq_dim, batch_dim, lengths)| {
            let lengths = draft.indices(&[lengths.len()], lengths);
            let op = Op::ReverseSequence(ReverseSequence {
                seq_dim: *seq_dim,
                batch_dim: *batch_dim,
            });
            Movement::new(op, vec![input, lengths])
        },
    )
}

impl UnderTest for ReverseSequence {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::movement::reverse_sequence);
}
