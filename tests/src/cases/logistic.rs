//! LOGISTIC.

use demilite_core::op::Logistic;
use demilite_core::{DataType, Op, Quantization};

use super::{ACTIVATIONS, unary};
use crate::case::Case;
use crate::float_bound::Rounding;

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
