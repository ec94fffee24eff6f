//! HARD_SWISH.

use demilite_core::Op;
use demilite_core::op::HardSwish;

use super::{ACTIVATIONS, unary};
use crate::case::Case;
use crate::float_bound::Rounding;

pub(super) fn cases() -> Vec<Case> {
    let op = || Op::HardSwish(HardSwish);
    unary::cases(
        "hard_swish",
        &ACTIVATIONS[..3],
        Rounding::Function,
        op,
        |_| None,
    )
}
