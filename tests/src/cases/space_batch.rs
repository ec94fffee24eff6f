//! BATCH_TO_SPACE_ND and SPACE_TO_BATCH_ND.

use demilite_core::Op;
use demilite_core::op::{SpaceBatch, space_batch::SpaceBatchKind};

use super::movement::{self, Movement, Rows, numbers};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

/// The direction, the block, and the margins before and after each dimension.
const ROWS: Rows<(SpaceBatchKind, &[i32], &[i32])> = &[
    (&[1, 6, 3], (SpaceBatchKind::SpaceToBatchNd, &[2], &[0, 0])),
    (
        &[2, 5, 7, 3],
        (SpaceBatchKind::SpaceToBatchNd, &[2, 3], &[1, 0, 1, 1]),
    ),
    (
        &[1, 2, 3, 5],
        (SpaceBatchKind::SpaceToBatchNd, &[3, 2], &[0, 4, 2, 1]),
    ),
    (&[4, 3, 5], (SpaceBatchKind::BatchToSpaceNd, &[2], &[0, 1])),
    (
        &[6, 2, 3, 5],
        (SpaceBatchKind::BatchToSpaceNd, &[2, 3], &[1, 0, 2, 3]),
    ),
    (
        &[12, 1, 1, 1],
        (SpaceBatchKind::BatchToSpaceNd, &[3, 2], &[0, 0, 0, 0]),
    ),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "space_batch",
        ROWS,
        |(kind, block, margins)| {
            let direction = match kind {
                SpaceBatchKind::BatchToSpaceNd => "to_space",
                SpaceBatchKind::SpaceToBatchNd => "to_batch",
            };
            format!("{direction}_{}/{}", numbers(block), numbers(margins))
        },
        |draft, input, _, (kind, block, margins)| {
            let block = draft.indices(&[block.len()], block);
            let margins = draft.indices(&[margins.len() / 2, 2], margins);
            let op = Op::SpaceBatch(SpaceBatch { kind: *kind });
            Movement::new(op, vec![input, block, margins])
        },
    )
}

impl UnderTest for SpaceBatch {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::movement::space_batch);
}
