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
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [DataType::Float32, DataType::Int8, DataType::UInt8] {
        for shape in SHAPES {
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
    cases
}

impl UnderTest for L2Normalization {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::reduction::l2_normalization);

    fn accuracy(&self) -> Accuracy {
        // x/√Σx²: a sum of one sign, a root and a division.
        Accuracy::steps(32.0)
    }
}
