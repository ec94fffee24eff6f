//! L2_NORMALIZATION.

use demilite_core::op::{Activation, L2Normalization};
use demilite_core::{DataType, Op, Quantization};

use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

/// Of rows of one element some are 0.
const SHAPES: &[&[usize]] = &[
    &[1, 1],
    &[1, 7],
    &[5, 13],
    &[1, 257],
    &[2, 3, 5, 7],
    &[331, 1],
    &[5, 8],
    &[7, 2],
];

/// More rows than a device need have workgroups in a dimension.
const MANY_ROWS: &[usize] = &[66_001, 1];

/// Integers whose lengths and quotients lie at the edges of what is rounded: in the order of Newton's steps, their squares sum up to
/// 8801, 12161, 8224, 36648, 55110 and 2.
const EDGES: [[u8; 6]; 6] = [
    [59, 72, 10, 6, 0, 0],
    [84, 71, 8, 0, 0, 0],
    [6, 90, 8, 4, 2, 2],
    [77, 175, 9, 3, 2, 0],
    [221, 79, 5, 1, 1, 1],
    [1, 1, 0, 0, 0, 0],
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [DataType::Float32, DataType::Int8, DataType::UInt8] {
        let many = (dtype != DataType::UInt8).then_some(MANY_ROWS);
        for shape in SHAPES.iter().copied().chain(many) {
            let name = format!("l2_normalization/{dtype}/{}", extents(shape));
            let mut draft = Draft::new(name).within(8.0);
            let (input, output) = match dtype {
                DataType::Int8 => (
                    draft.quantization(dtype),
                    Some(Quantization::per_tensor(1.0 / 128.0, 0)),
                ),
                DataType::UInt8 => (
                    draft.quantization(dtype),
                    Some(Quantization::per_tensor(1.0 / 128.0, 128)),
                ),
                _ => (None, None),
            };
            let input = draft.input_with(dtype, shape, input);
            let op = Op::L2Normalization(L2Normalization {
                activation: Activation::None,
            });
            cases.push(draft.finish(op, &[input], dtype, output, Rounding::Function));
        }
    }
    let op = Op::L2Normalization(L2Normalization {
        activation: Activation::None,
    });
    let edges = EDGES.as_flattened();
    let mut draft = Draft::new("l2_normalization/int8/6x6/edges");
    let signed: Vec<i8> = edges.iter().map(|&x| x.wrapping_sub(128) as i8).collect();
    let quantization = Some(Quantization::per_tensor(0.05, -128));
    let input = draft.chosen(&[6, 6], &signed, quantization);
    let output = Some(Quantization::per_tensor(1.0 / 128.0, 0));
    cases.push(draft.finish(
        op.clone(),
        &[input],
        DataType::Int8,
        output,
        Rounding::Function,
    ));
    let mut draft = Draft::new("l2_normalization/uint8/6x6/edges");
    let unsigned: Vec<u8> = edges.iter().map(|&x| x + 3).collect();
    let quantization = Some(Quantization::per_tensor(0.05, 3));
    let input = draft.chosen(&[6, 6], &unsigned, quantization);
    let output = Some(Quantization::per_tensor(1.0 / 128.0, 128));
    cases.push(draft.finish(op, &[input], DataType::UInt8, output, Rounding::Function));
    cases
}

impl UnderTest for L2Normalization {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::reduction::l2_normalization);

    fn accuracy(&self) -> Accuracy {
        // x/√Σx²: a sum of one sign, a root and a division.
        Accuracy::steps(32.0)
    }
}
