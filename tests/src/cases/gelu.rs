//! GELU.

use demilite_core::Op;
use demilite_core::op::Gelu;

use super::{ACTIVATIONS, unary};
use crate::accuracy::Accuracy;
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{Specials, WITHOUT_LARGE};
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    let kinds = [("gelu/exact", false), ("gelu/approximate", true)];
    let cases = kinds.map(|(prefix, approximate)| {
        let op = || Op::Gelu(Gelu { approximate });
        unary::cases(prefix, &ACTIVATIONS, Rounding::Function, op, |_| None)
    });
    cases.concat()
}

impl UnderTest for Gelu {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::gelu);

    fn accuracy(&self) -> Accuracy {
        // A product of the argument with a function that is bounded on the number line.
        Accuracy::BOUNDED
    }

    fn specials(&self) -> Specials {
        // x·x·x of the approximation overflows long before x does.
        WITHOUT_LARGE
    }
}
