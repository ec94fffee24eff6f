//! SQUEEZE.

use demilite_core::Op;
use demilite_core::op::Squeeze;

use super::MOVED;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

const SHAPES: &[(&[usize], &[i32])] = &[
    (&[1], &[]),
    (&[1, 1, 1, 13], &[1, 2]),
    (&[1, 3, 1, 5], &[]),
    (&[1, 3, 1, 5], &[-2]),
    (&[2, 3, 5, 7], &[]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in MOVED {
        for (shape, dims) in SHAPES {
            let named: Vec<String> = dims.iter().map(i32::to_string).collect();
            let named = if named.is_empty() {
                "all".to_owned()
            } else {
                named.join("_")
            };
            let mut draft = Draft::new(format!("squeeze/{dtype}/{}/{named}", extents(shape)));
            let input = draft.input(dtype, shape);
            let op = Op::Squeeze(Squeeze {
                squeeze_dims: dims.to_vec(),
            });
            let quantization = draft.quantization_of(input);
            cases.push(draft.finish(op, &[input], dtype, quantization, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for Squeeze {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::movement::squeeze);
}
