//! VAR_HANDLE: a case, one graph run from scratch, does not show what it keeps or calls; `cpu-reference/tests/variables.rs` runs it again and
//! again.

use demilite_core::op::VarHandle;

use crate::case::Case;
use crate::drawn::Draw;
use crate::special::Specials;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    Vec::new()
}

impl UnderTest for VarHandle {
    const DRAWN: Option<fn(&mut Draw) -> Case> = None;

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
