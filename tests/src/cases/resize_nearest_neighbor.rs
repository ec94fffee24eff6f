//! RESIZE_NEAREST_NEIGHBOR.

use demilite_core::Op;
use demilite_core::op::ResizeNearestNeighbor;

use super::movement::{self, Movement, Rows};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

/// Where elements stand within their cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sampling {
    Corner,
    Aligned,
    HalfPixel,
}

const ROWS: Rows<([i32; 2], Sampling)> = &[
    (&[1, 3, 5, 2], ([6, 10], Sampling::Corner)),
    (&[1, 7, 5, 3], ([3, 2], Sampling::Corner)),
    (&[2, 3, 5, 1], ([7, 11], Sampling::Aligned)),
    (&[1, 5, 7, 3], ([1, 13], Sampling::Aligned)),
    (&[1, 3, 5, 2], ([6, 10], Sampling::HalfPixel)),
    (&[1, 7, 5, 3], ([3, 2], Sampling::HalfPixel)),
    (&[1, 1, 1, 5], ([2, 3], Sampling::Corner)),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "resize_nearest_neighbor",
        ROWS,
        |([height, width], sampling)| {
            let sampling = match sampling {
                Sampling::Corner => "corner",
                Sampling::Aligned => "aligned",
                Sampling::HalfPixel => "half_pixel",
            };
            format!("to_{height}x{width}/{sampling}")
        },
        |draft, input, _, (size, sampling)| {
            let size = draft.indices(&[2], size);
            let op = Op::ResizeNearestNeighbor(ResizeNearestNeighbor {
                align_corners: *sampling == Sampling::Aligned,
                half_pixel_centers: *sampling == Sampling::HalfPixel,
            });
            Movement::new(op, vec![input, size])
        },
    )
}

impl UnderTest for ResizeNearestNeighbor {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::image::resize_nearest_neighbor);
}
