//! RESHAPE.

use demilite_core::Op;
use demilite_core::op::Reshape;

use super::MOVED;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

const SHAPES: &[(&[usize], &[i32])] = &[
    (&[1], &[]),
    (&[], &[1, 1]),
    (&[6], &[2, 3]),
    (&[2, 3, 5], &[5, -1]),
    (&[2, 3, 5, 7], &[-1]),
    (&[1, 1, 1, 257], &[1, 257]),
    (&[30], &[1, 2, 3, 5, 1]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in MOVED {
        for (shape, new_shape) in SHAPES {
            let named: Vec<String> = new_shape.iter().map(i32::to_string).collect();
            let named = if named.is_empty() {
                "scalar".to_owned()
            } else {
                named.join("x")
            };
            let mut draft = Draft::new(format!("reshape/{dtype}/{}/to_{named}", extents(shape)));
            let input = draft.input(dtype, shape);
            let indices = draft.indices(&[new_shape.len()], new_shape);
            let op = Op::Reshape(Reshape {
                new_shape: Some(new_shape.to_vec()),
            });
            let quantization = draft.quantization_of(input);
            cases.push(draft.finish(op, &[input, indices], dtype, quantization, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for Reshape {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::movement::reshape);
}
