//! LOGISTIC.

use demilite_core::op::Logistic;
use demilite_core::{DataType, Op, Quantization};

use super::{ACTIVATIONS, unary};
use crate::accuracy::Accuracy;
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    let op = || Op::Logistic(Logistic);
    unary::cases(
        "logistic",
        &ACTIVATIONS,
        Rounding::Function,
        op,
        |dtype| match dtype {
            DataType::Int8 => Some(Quantization::per_tensor(1.0 / 256.0, -128)),
            DataType::UInt8 => Some(Quantization::per_tensor(1.0 / 256.0, 0)),
            DataType::Int16 => Some(Quantization::per_tensor(1.0 / 32768.0, 0)),
            _ => None,
        },
    )
}

impl UnderTest for Logistic {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::logistic);

    fn accuracy(&self) -> Accuracy {
        // 1/(1 + exp(−x)): the exponential's error, an addition and a division.
        Accuracy::steps(8.0).and_per_log(2.0)
    }
}
