//! MUL.

use demilite_core::op::{Activation, Mul};
use demilite_core::{DataType, Op};

use super::binary;
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    let op = |activation| Op::Mul(Mul { activation });
    let mut cases = binary::cases("mul", Rounding::Products { terms: 1 }, op);
    let rows: [(DataType, &[Activation]); 2] = [
        (
            DataType::Int16,
            &[
                Activation::None,
                Activation::Relu,
                Activation::Relu6,
                Activation::ReluN1To1,
            ],
        ),
        (DataType::UInt32, &[Activation::None, Activation::Relu]),
    ];
    cases.extend(binary::unscaled("mul", &rows, op));
    cases
}

impl UnderTest for Mul {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::binary::mul);
}
