//! RELU, RELU6, RELU_N1_TO_1 and RELU_0_TO_1.

use demilite_core::op::Relu;
use demilite_core::op::relu::ReluKind;
use demilite_core::{DataType, Op};

use super::{ACTIVATIONS, unary};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    let kinds: [(ReluKind, &str, &[DataType]); 4] = [
        (ReluKind::Relu, "relu/relu", &ACTIVATIONS),
        (ReluKind::Relu6, "relu/relu6", &ACTIVATIONS),
        (ReluKind::ReluN1To1, "relu/relu_n1_to_1", &ACTIVATIONS[..3]),
        (ReluKind::Relu0To1, "relu/relu_0_to_1", &ACTIVATIONS[..3]),
    ];
    let cases = kinds.map(|(kind, prefix, dtypes)| {
        let op = || Op::Relu(Relu { kind });
        unary::cases(prefix, dtypes, Rounding::Moves, op, |_| None)
    });
    cases.concat()
}

impl UnderTest for Relu {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::relu);
}
