//! PACK.

use demilite_core::Op;
use demilite_core::op::Pack;

use super::MOVED;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

/// Shape, number of inputs, and the place of the additional dimension.
const ROWS: &[(&[usize], i32, i32)] = &[
    (&[], 3, 0),
    (&[5], 1, -1),
    (&[5], 2, 1),
    (&[2, 3], 5, 0),
    (&[5, 7, 3], 2, -2),
    (&[2, 3, 1, 5], 3, 4),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in MOVED {
        for &(shape, values_count, axis) in ROWS {
            let shapes = extents(shape);
            let name = format!("pack/{dtype}/{shapes}/times_{values_count}/axis_{axis}");
            let mut draft = Draft::new(name).within(8.0);
            let shared = draft.quantization(dtype);
            let inputs: Vec<_> = (0..values_count)
                .map(|_| draft.input_with(dtype, shape, shared.clone()))
                .collect();
            let op = Op::Pack(Pack { values_count, axis });
            cases.push(draft.finish(op, &inputs, dtype, shared, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for Pack {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::pack);
}
