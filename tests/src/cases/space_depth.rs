//! DEPTH_TO_SPACE and SPACE_TO_DEPTH.

use demilite_core::Op;
use demilite_core::op::{SpaceDepth, space_depth::SpaceDepthKind};

use super::movement::{self, Movement, Rows};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

const ROWS: Rows<(SpaceDepthKind, usize)> = &[
    (&[1, 1, 1, 4], (SpaceDepthKind::DepthToSpace, 2)),
    (&[2, 3, 5, 12], (SpaceDepthKind::DepthToSpace, 2)),
    (&[1, 2, 3, 9], (SpaceDepthKind::DepthToSpace, 3)),
    (&[1, 2, 2, 1], (SpaceDepthKind::SpaceToDepth, 2)),
    (&[2, 6, 10, 3], (SpaceDepthKind::SpaceToDepth, 2)),
    (&[1, 6, 3, 5], (SpaceDepthKind::SpaceToDepth, 3)),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "space_depth",
        ROWS,
        |(kind, block)| match kind {
            SpaceDepthKind::DepthToSpace => format!("to_space_{block}"),
            SpaceDepthKind::SpaceToDepth => format!("to_depth_{block}"),
        },
        |_, input, _, (kind, block_size)| {
            let op = Op::SpaceDepth(SpaceDepth {
                kind: *kind,
                block_size: *block_size,
            });
            Movement::new(op, vec![input])
        },
    )
}

impl UnderTest for SpaceDepth {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::movement::space_depth);
}
