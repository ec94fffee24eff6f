//! TANH.

use demilite_core::op::Tanh;
use demilite_core::{DataType, Op, Quantization};

use super::{ACTIVATIONS, unary};
use crate::accuracy::Accuracy;
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    let op = || Op::Tanh(Tanh);
    unary::cases(
        "tanh",
        &ACTIVATIONS,
        Rounding::Function,
        op,
        |dtype| match dtype {
            DataType::Int8 => Some(Quantization::per_tensor(1.0 / 128.0, 0)),
            DataType::UInt8 => Some(Quantization::per_tensor(1.0 / 128.0, 128)),
            DataType::Int16 => Some(Quantization::per_tensor(1.0 / 32768.0, 0)),
            _ => None,
        },
    )
}

impl UnderTest for Tanh {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::tanh);

    fn accuracy(&self) -> Accuracy {
        // A product of the argument with a function that is bounded on the number line.
        Accuracy::BOUNDED
    }
}
