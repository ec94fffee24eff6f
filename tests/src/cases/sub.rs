//! SUB.

use demilite_core::Op;
use demilite_core::op::Sub;

use super::binary;
use crate::case::Case;
use crate::float_bound::Rounding;

pub(super) fn cases() -> Vec<Case> {
    binary::cases("sub", Rounding::Sums { terms: 2 }, |activation| {
        Op::Sub(Sub {
            activation,
            pot_scale_int16: false,
        })
    })
}
