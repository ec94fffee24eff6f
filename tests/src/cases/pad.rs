//! PAD and PADV2.

use demilite_core::op::Pad;
use demilite_core::{DataType, Op};

use super::ACTIVATIONS;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

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

/// The types that are padded, and of integers whether they are quantized.
fn types() -> impl Iterator<Item = (DataType, bool)> {
    let plain = [
        DataType::Int32,
        DataType::Int64,
        DataType::Float16,
        DataType::Bool,
    ];
    let plain = ACTIVATIONS
        .into_iter()
        .chain(plain)
        .map(|dtype| (dtype, true));
    plain.chain(ACTIVATIONS[1..].iter().map(|&dtype| (dtype, false)))
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (dtype, is_quantized) in types() {
        for (shape, paddings) in SHAPES {
            for has_value in [false, true] {
                let named: Vec<String> = paddings.iter().map(i32::to_string).collect();
                let value = if has_value { "value" } else { "zero" };
                let scale = if is_quantized { "" } else { "/unscaled" };
                let shape_name = extents(shape);
                let named = named.join("_");
                let name = format!("pad/{dtype}/{shape_name}/{named}/{value}{scale}");
                let mut draft = Draft::new(name).within(8.0);
                let input = match is_quantized {
                    true => draft.input(dtype, shape),
                    false => draft.input_with(dtype, shape, None),
                };
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

impl UnderTest for Pad {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::extension::pad);
}
