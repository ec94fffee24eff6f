//! TILE.

use demilite_core::Op;
use demilite_core::op::Tile;

use super::movement::{self, Movement, Rows, numbers};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

const ROWS: Rows<&[i32]> = &[
    (&[3], &[5]),
    (&[5, 7], &[1, 1]),
    (&[2, 3], &[3, 2]),
    (&[1, 5, 1], &[2, 1, 7]),
    (&[1, 5, 7, 3], &[1, 2, 2, 1]),
    (&[2, 1, 3, 1, 2], &[1, 3, 1, 2, 2]),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "tile",
        ROWS,
        |p| numbers(p),
        |draft, input, shape, multiples| {
            let multiples = draft.indices(&[shape.len()], multiples);
            Movement::new(Op::Tile(Tile), vec![input, multiples])
        },
    )
}

impl UnderTest for Tile {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::extension::tile);
}
