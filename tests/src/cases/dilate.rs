//! DILATE.

use demilite_core::Op;
use demilite_core::op::Dilate;

use super::MOVED;
use super::movement::numbers;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

/// The tensor and the steps from one element to the next.
const STEPS: &[(&[usize], &[i32])] = &[
    (&[1], &[5]),
    (&[7], &[3]),
    (&[3, 5], &[1, 2]),
    (&[3, 5], &[2, 1]),
    (&[2, 3, 5], &[3, 1, 2]),
    (&[2, 1, 3, 7], &[1, 7, 2, 3]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in MOVED {
        for &(shape, steps) in STEPS {
            let name = format!("dilate/{dtype}/{}/by_{}", extents(shape), numbers(steps));
            let mut draft = Draft::new(name).within(99.0);
            let input = draft.input_with(dtype, shape, None);
            let filling = draft.input_with(dtype, &[], None);
            let steps = draft.indices(&[steps.len()], steps);
            let op = Op::Dilate(Dilate);
            let inputs = [input, steps, filling];
            cases.push(draft.finish(op, &inputs, dtype, None, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for Dilate {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::placement::dilate);
}
