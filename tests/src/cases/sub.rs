//! SUB.

use demilite_core::Op;
use demilite_core::op::Sub;

use super::binary;
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    binary::cases("sub", Rounding::Sums { terms: 2 }, |activation| {
        Op::Sub(Sub {
            activation,
            pot_scale_int16: false,
        })
    })
}

impl UnderTest for Sub {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::binary::sub);
}
