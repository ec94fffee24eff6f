//! MIRROR_PAD.

use demilite_core::Op;
use demilite_core::op::{MirrorPad, mirror_pad::MirrorPadMode};

use super::movement::{self, Movement, Rows, numbers};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

const ROWS: Rows<(MirrorPadMode, &[i32])> = &[
    (&[3], (MirrorPadMode::Reflect, &[2, 1])),
    (&[3], (MirrorPadMode::Symmetric, &[3, 2])),
    (&[5, 7], (MirrorPadMode::Reflect, &[0, 4, 6, 1])),
    (
        &[1, 5, 7, 3],
        (MirrorPadMode::Reflect, &[0, 0, 1, 1, 2, 2, 0, 0]),
    ),
    (
        &[1, 5, 7, 3],
        (MirrorPadMode::Symmetric, &[1, 0, 1, 1, 2, 2, 0, 3]),
    ),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "mirror_pad",
        ROWS,
        |(mode, paddings)| {
            let mode = match mode {
                MirrorPadMode::Reflect => "reflect",
                MirrorPadMode::Symmetric => "symmetric",
            };
            format!("{mode}/{}", numbers(paddings))
        },
        |draft, input, shape, (mode, paddings)| {
            let paddings = draft.indices(&[shape.len(), 2], paddings);
            let op = Op::MirrorPad(MirrorPad { mode: *mode });
            Movement::new(op, vec![input, paddings])
        },
    )
}

impl UnderTest for MirrorPad {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::extension::mirror_pad);
}
