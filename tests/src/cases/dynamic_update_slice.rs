//! DYNAMIC_UPDATE_SLICE.

use demilite_core::op::DynamicUpdateSlice;
use demilite_core::{DataType, Op};

use super::MOVED;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

/// The tensor and the update; where it goes is fed, and reaches beyond at times.
const ROWS: &[[&[usize]; 2]] = &[
    [&[13], &[5]],
    [&[5, 7], &[5, 7]],
    [&[5, 7], &[1, 3]],
    [&[2, 3, 5], &[1, 3, 2]],
    [&[2, 3, 5, 7], &[1, 2, 3, 1]],
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in MOVED {
        for &[shape, update] in ROWS {
            for index in [DataType::Int32, DataType::Int64] {
                let shapes = [shape, update].map(extents).join("/");
                let name = format!("dynamic_update_slice/{dtype}/{shapes}/at_{index}");
                let mut draft = Draft::new(name).within(6.0);
                let input = draft.input(dtype, shape);
                let quantization = draft.quantization_of(input);
                let update = draft.input_with(dtype, update, quantization.clone());
                let start = draft.input(index, &[shape.len()]);
                let inputs = [input, update, start];
                let op = Op::DynamicUpdateSlice(DynamicUpdateSlice);
                cases.push(draft.finish(op, &inputs, dtype, quantization, Rounding::Moves));
            }
        }
    }
    // Far beyond what 32 bits hold, on either side.
    let mut draft = Draft::new("dynamic_update_slice/float32/5x7x3/1x3x2/far_outside");
    let input = draft.input(DataType::Float32, &[5, 7, 3]);
    let update = draft.input(DataType::Float32, &[1, 3, 2]);
    let start = draft.chosen(&[3], &[-3_000_000_000_i64, 5_000_000_000, 1], None);
    let inputs = [input, update, start];
    let op = Op::DynamicUpdateSlice(DynamicUpdateSlice);
    cases.push(draft.finish(op, &inputs, DataType::Float32, None, Rounding::Moves));
    cases
}

impl UnderTest for DynamicUpdateSlice {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::dynamic_update_slice);
}
