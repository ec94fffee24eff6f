//! GATHER.

use demilite_core::Op;
use demilite_core::op::Gather;

use super::movement::{self, Movement, Rows, numbers};
use crate::case::{Case, extents};
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

/// Axis, shared dimensions, and the shape and elements of the indices.
const ROWS: Rows<(i32, i32, &[usize], &[i32])> = &[
    (&[13], (0, 0, &[3], &[12, 0, 7])),
    (&[5, 7], (0, 0, &[], &[3])),
    (&[5, 7], (-1, 0, &[2, 2], &[6, 0, 1, 6])),
    (&[2, 3, 5], (1, 0, &[4], &[2, 2, 0, 1])),
    (&[2, 3, 5, 7], (2, 0, &[1, 2], &[4, 0])),
    (&[2, 3, 5], (1, 1, &[2, 2], &[2, 0, 1, 1])),
    (&[2, 3, 5], (2, 2, &[2, 3], &[0, 1, 2, 3, 4, 0])),
    (&[2, 3, 5], (2, 1, &[2, 2], &[0, 1, 2, 4])),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "gather",
        ROWS,
        |(axis, batch_dims, shape, indices)| {
            let indices = format!("{}/{}", extents(shape), numbers(indices));
            format!("axis_{axis}/batch_{batch_dims}/{indices}")
        },
        |draft, input, _, (axis, batch_dims, places, indices)| {
            let indices = draft.indices(places, indices);
            let op = Op::Gather(Gather {
                axis: *axis,
                batch_dims: *batch_dims,
            });
            Movement::new(op, vec![input, indices])
        },
    )
}

impl UnderTest for Gather {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::gather);
}
