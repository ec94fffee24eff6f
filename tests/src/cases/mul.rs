//! MUL.

use demilite_core::Op;
use demilite_core::op::Mul;

use super::binary;
use crate::case::Case;
use crate::float_bound::Rounding;

pub(super) fn cases() -> Vec<Case> {
    binary::cases("mul", Rounding::Products { terms: 1 }, |activation| {
        Op::Mul(Mul { activation })
    })
}
