//! CALL, CALL_ONCE, IF, WHILE and STABLEHLO_COMPOSITE: a case, one graph run from scratch, does not show what it keeps or calls; `cpu-reference/tests/control_flow.rs` runs it again and
//! again.

use demilite_core::op::ControlFlow;

use crate::case::Case;
use crate::drawn::Draw;
use crate::special::Specials;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    Vec::new()
}

impl UnderTest for ControlFlow {
    const DRAWN: Option<fn(&mut Draw) -> Case> = None;

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
