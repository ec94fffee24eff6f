//! PRELU.

use demilite_core::op::Prelu;
use demilite_core::{DataType, Op, Quantization};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

/// Input and slopes.
const SHAPES: &[(&[usize], &[usize])] = &[
    (&[7], &[7]),
    (&[1, 5, 7, 3], &[1, 1, 3]),
    (&[2, 3, 5, 7], &[1, 1, 7]),
    (&[2, 3, 5, 7], &[3, 5, 7]),
    (&[1, 11, 13, 17], &[17]),
    (&[5, 7], &[1]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [
        DataType::Float32,
        DataType::Int8,
        DataType::UInt8,
        DataType::Int16,
    ] {
        for (shape, slopes) in SHAPES {
            let name = format!("prelu/{dtype}/{}/{}", extents(shape), extents(slopes));
            let mut draft = Draft::new(name);
            let input = draft.input(dtype, shape);
            let slopes_dtype = if dtype == DataType::Int16 {
                DataType::Int8
            } else {
                dtype
            };
            let quantization = match slopes_dtype {
                DataType::Int8 => Some(Quantization::per_tensor(0.01, 0)),
                DataType::UInt8 => Some(Quantization::per_tensor(0.01, 120)),
                _ => None,
            };
            let slopes = draft.constant(slopes_dtype, slopes, quantization);
            let output = draft.quantization(dtype);
            let rounding = Rounding::Products { terms: 1 };
            cases.push(draft.finish(Op::Prelu(Prelu), &[input, slopes], dtype, output, rounding));
        }
    }
    cases
}

impl UnderTest for Prelu {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::prelu);
}
