//! LEAKY_RELU.

use demilite_core::Op;
use demilite_core::op::LeakyRelu;

use super::{ACTIVATIONS, unary};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    let slopes = [("leaky_relu/alpha_0.2", 0.2), ("leaky_relu/alpha_1.5", 1.5)];
    let cases = slopes.map(|(prefix, alpha)| {
        let op = || Op::LeakyRelu(LeakyRelu { alpha });
        unary::cases(prefix, &ACTIVATIONS, Rounding::Function, op, |_| None)
    });
    cases.concat()
}

impl UnderTest for LeakyRelu {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::leaky_relu);
}
