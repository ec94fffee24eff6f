//! ADD.

use demilite_core::Op;
use demilite_core::op::Add;

use super::binary;
use crate::case::Case;
use crate::float_bound::Rounding;

pub(super) fn cases() -> Vec<Case> {
    binary::cases("add", Rounding::Sums { terms: 2 }, |activation| {
        Op::Add(Add {
            activation,
            pot_scale_int16: false,
        })
    })
}
