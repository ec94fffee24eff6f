//! PAD and PADV2.

use demilite_core::op::Pad;
use demilite_core::{DataType, Op};

use super::ACTIVATIONS;
use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;

/// Input, and what lies before and after each dimension.
const SHAPES: &[(&[usize], &[i32])] = &[
    (&[3], &[2, 1]),
    (&[5, 7], &[0, 0, 1, 2]),
    (&[2, 3, 5], &[1, 0, 0, 2, 3, 1]),
    (&[1, 5, 7, 3], &[0, 0, 1, 1, 1, 1, 0, 0]),
    (&[1, 4, 4, 2], &[0, 0, 0, 1, 0, 1, 0, 0]),
    (&[2, 3, 5, 7], &[1, 2, 0, 1, 2, 0, 0, 3]),
    (&[1, 1, 1, 1], &[0, 0, 0, 0, 0, 0, 0, 0]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in ACTIVATIONS
        .into_iter()
        .chain([DataType::Int32, DataType::Int64])
    {
        for (shape, paddings) in SHAPES {
            for has_value in [false, true] {
                let named: Vec<String> = paddings.iter().map(i32::to_string).collect();
                let value = if has_value { "value" } else { "zero" };
                let name = format!("pad/{dtype}/{}/{}/{value}", extents(shape), named.join("_"));
                let mut draft = Draft::new(name).within(8.0);
                let input = draft.input(dtype, shape);
                let quantization = draft.quantization_of(input);
                let mut inputs = vec![input, draft.indices(&[shape.len(), 2], paddings)];
                if has_value {
                    inputs.push(draft.constant(dtype, &[], quantization.clone()));
                }
                let op = Op::Pad(Pad { has_value });
                cases.push(draft.finish(op, &inputs, dtype, quantization, Rounding::Moves));
            }
        }
    }
    cases
}
