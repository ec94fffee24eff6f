//! SUB.

use demilite_core::Op;
use demilite_core::op::Sub;

use super::binary;
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    let op = |activation, pot_scale_int16| {
        Op::Sub(Sub {
            activation,
            pot_scale_int16,
        })
    };
    let rounding = Rounding::Sums { terms: 2 };
    let mut cases = binary::cases("sub", rounding, |activation| op(activation, false));
    cases.extend(binary::of_powers_of_two("sub", |activation| {
        op(activation, true)
    }));
    cases
}

impl UnderTest for Sub {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::binary::sub);
}
