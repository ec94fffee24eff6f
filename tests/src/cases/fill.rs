//! FILL.

use demilite_core::Op;
use demilite_core::op::Fill;

use super::MOVED;
use super::movement::numbers;
use crate::case::{Case, Draft};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

const SHAPES: &[&[i32]] = &[&[1], &[13], &[5, 7], &[2, 3, 5, 7]];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in MOVED {
        for shape in SHAPES {
            let mut draft = Draft::new(format!("fill/{dtype}/{}", numbers(shape))).within(8.0);
            let extents = draft.indices(&[shape.len()], shape);
            let value = draft.input(dtype, &[]);
            let quantization = draft.quantization_of(value);
            let inputs = [extents, value];
            let op = Op::Fill(Fill);
            cases.push(draft.finish(op, &inputs, dtype, quantization, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for Fill {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::fill);
}
