//! HARD_SWISH.

use demilite_core::Op;
use demilite_core::op::HardSwish;

use super::{ACTIVATIONS, unary};
use crate::accuracy::Accuracy;
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

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

impl UnderTest for HardSwish {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::hard_swish);

    fn accuracy(&self) -> Accuracy {
        // x·min(max(x + 3, 0), 6)/6: three roundings and a division.
        Accuracy::steps(5.0)
    }
}
