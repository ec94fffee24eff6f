//! CONCATENATION.

use demilite_core::op::{Activation, Concatenation};
use demilite_core::{DataType, Op};

use super::MOVED;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

/// Inputs and the axis that they continue one another along.
const SHAPES: &[(&[&[usize]], i32)] = &[
    (&[&[3], &[5]], 0),
    (&[&[1]], 0),
    (&[&[2, 3], &[2, 5]], 1),
    (&[&[2, 3], &[5, 3], &[1, 3]], 0),
    (&[&[2, 3, 5, 7], &[2, 3, 5, 1], &[2, 3, 5, 11]], -1),
    (&[&[1, 3, 5, 7], &[1, 2, 5, 7]], 1),
    (
        &[&[1, 3, 5, 2], &[1, 3, 1, 2], &[1, 3, 7, 2], &[1, 3, 2, 2]],
        -2,
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in MOVED {
        for (shapes, axis) in SHAPES {
            let names: Vec<String> = shapes.iter().map(|shape| extents(shape)).collect();
            let name = format!("concatenation/{dtype}/{}/axis_{axis}", names.join("/"));
            let mut draft = Draft::new(name).within(8.0);
            // Only the legacy type has inputs of other scales than the output's.
            let shared = draft.quantization(dtype);
            let inputs: Vec<_> = shapes
                .iter()
                .map(|shape| match dtype {
                    DataType::UInt8 => draft.input(dtype, shape),
                    _ => draft.input_with(dtype, shape, shared.clone()),
                })
                .collect();
            let op = Op::Concatenation(Concatenation {
                axis: *axis,
                activation: Activation::None,
            });
            cases.push(draft.finish(op, &inputs, dtype, shared, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for Concatenation {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::concatenation);
}
