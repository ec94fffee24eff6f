//! GELU.

use demilite_core::Op;
use demilite_core::op::Gelu;

use super::{ACTIVATIONS, unary};
use crate::case::Case;
use crate::float_bound::Rounding;

pub(super) fn cases() -> Vec<Case> {
    let kinds = [("gelu/exact", false), ("gelu/approximate", true)];
    let cases = kinds.map(|(prefix, approximate)| {
        let op = || Op::Gelu(Gelu { approximate });
        unary::cases(prefix, &ACTIVATIONS, Rounding::Function, op, |_| None)
    });
    cases.concat()
}
