//! ADD.

use demilite_core::op::{Activation, Add};
use demilite_core::{DataType, Op};

use super::binary;
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    let op = |activation| {
        Op::Add(Add {
            activation,
            pot_scale_int16: false,
        })
    };
    let mut cases = binary::cases("add", Rounding::Sums { terms: 2 }, op);
    let activations = [
        Activation::None,
        Activation::Relu,
        Activation::Relu6,
        Activation::ReluN1To1,
    ];
    cases.extend(binary::unscaled(
        "add",
        &[(DataType::Int16, &activations)],
        op,
    ));
    cases.extend(binary::of_powers_of_two("add", |activation| {
        Op::Add(Add {
            activation,
            pot_scale_int16: true,
        })
    }));
    cases
}

impl UnderTest for Add {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::binary::add);
}
