//! HASHTABLE_IMPORT: the cases of HASHTABLE have it.

use demilite_core::op::HashtableImport;

use crate::case::Case;
use crate::drawn::Draw;
use crate::special::Specials;
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    Vec::new()
}

impl UnderTest for HashtableImport {
    const DRAWN: Option<fn(&mut Draw) -> Case> = None;

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
