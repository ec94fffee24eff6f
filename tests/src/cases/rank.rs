//! RANK. What it gives is known before any backend is asked.

use demilite_core::op::Rank;
use demilite_core::{DataType, Op};

use super::MOVED;
use crate::case::{Case, Draft, extents};
use crate::drawn::Draw;
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

const SHAPES: &[&[usize]] = &[&[], &[3], &[2, 1, 3, 1, 5]];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in MOVED {
        for shape in SHAPES {
            let mut draft = Draft::new(format!("rank/of_{dtype}/{}", extents(shape)));
            let input = draft.input(dtype, shape);
            let op = Op::Rank(Rank);
            cases.push(draft.finish(op, &[input], DataType::Int32, None, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for Rank {
    const DRAWN: Option<fn(&mut Draw) -> Case> = None;

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
