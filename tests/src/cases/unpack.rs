//! UNPACK.

use demilite_core::Op;
use demilite_core::op::Unpack;

use super::movement::{self, Movement, Rows};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

const ROWS: Rows<i32> = &[
    (&[3], 0),
    (&[5, 2], -1),
    (&[1, 7], 0),
    (&[2, 3, 5], 1),
    (&[1, 5, 7, 3], 3),
    (&[2, 3, 5, 7], -3),
];

pub(super) fn cases() -> Vec<Case> {
    movement::cases(
        "unpack",
        ROWS,
        |axis| format!("axis_{axis}"),
        |_, input, shape, axis| {
            let place = axis.rem_euclid(shape.len() as i32);
            let num = shape[place as usize];
            let op = Op::Unpack(Unpack {
                num: num as i32,
                axis: *axis,
            });
            Movement {
                op,
                inputs: vec![input],
                outputs: num,
            }
        },
    )
}

impl UnderTest for Unpack {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::cutting::unpack);
}
