//! DEQUANTIZE.

use demilite_core::op::Dequantize;
use demilite_core::{DataType, Op, Quantization};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let types = [
        DataType::Float16,
        DataType::Int8,
        DataType::UInt8,
        DataType::Int16,
    ];
    for dtype in types {
        for shape in [&[][..], &[1], &[257], &[2, 3, 5, 7], &[2, 1, 3, 1, 5]] {
            let mut draft = Draft::new(format!("dequantize/{dtype}/{}", extents(shape)));
            let input = draft.input(dtype, shape);
            let op = Op::Dequantize(Dequantize);
            cases.push(draft.finish(op, &[input], DataType::Float32, None, Rounding::Moves));
        }
    }
    let mut draft = Draft::new("dequantize/int8/2x3x5/per_axis_1");
    let scales = Quantization::per_axis([0.5, 0.3, 0.017], 1);
    let input = draft.input_with(DataType::Int8, &[2, 3, 5], Some(scales));
    let op = Op::Dequantize(Dequantize);
    cases.push(draft.finish(op, &[input], DataType::Float32, None, Rounding::Moves));
    cases
}

impl UnderTest for Dequantize {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::dequantize);
}
