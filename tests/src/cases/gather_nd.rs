//! GATHER_ND.

use demilite_core::Op;
use demilite_core::op::GatherNd;

use super::movement::{self, Movement, Rows, numbers};
use crate::case::{Case, extents};
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

/// The shape and elements of the coordinates.
const ROWS: Rows<(&[usize], &[i32])> = &[
    (&[13], (&[3, 1], &[12, 0, 7])),
    (&[5, 7], (&[2], &[4, 6])),
    (&[5, 7], (&[2, 2], &[4, 6, 0, 3])),
    (&[5, 7], (&[2, 1], &[4, 0])),
    (&[2, 3, 5], (&[2, 2, 2], &[1, 2, 0, 0, 0, 1, 1, 0])),
    (&[1, 5, 7, 3], (&[3, 3], &[0, 4, 6, 0, 0, 0, 0, 2, 3])),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "gather_nd",
        ROWS,
        |(shape, indices)| format!("{}/{}", extents(shape), numbers(indices)),
        |draft, input, _, (places, indices)| {
            let coordinates = draft.indices(places, indices);
            Movement::new(Op::GatherNd(GatherNd), vec![input, coordinates])
        },
    )
}

impl UnderTest for GatherNd {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::gather_nd);
}
