//! HASHTABLE_SIZE: the cases of HASHTABLE have it.

use demilite_core::op::HashtableSize;

use crate::case::Case;
use crate::drawn::Draw;
use crate::special::Specials;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    Vec::new()
}

impl UnderTest for HashtableSize {
    const DRAWN: Option<fn(&mut Draw) -> Case> = None;

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
