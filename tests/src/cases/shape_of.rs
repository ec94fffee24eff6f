//! SHAPE. What it gives is known before any backend is asked.

use demilite_core::op::ShapeOf;
use demilite_core::{DataType, Op};

use super::MOVED;
use crate::case::{Case, Draft, extents};
use crate::drawn::Draw;
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

const SHAPES: &[&[usize]] = &[&[3], &[5, 7], &[2, 1, 3, 1, 5]];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in MOVED {
        for shape in SHAPES {
            for out_type in [DataType::Int32, DataType::Int64] {
                let name = format!("shape_of/of_{dtype}/{}/as_{out_type}", extents(shape));
                let mut draft = Draft::new(name);
                let input = draft.input(dtype, shape);
                let op = Op::ShapeOf(ShapeOf { out_type });
                cases.push(draft.finish(op, &[input], out_type, None, Rounding::Moves));
            }
        }
    }
    cases
}

impl UnderTest for ShapeOf {
    const DRAWN: Option<fn(&mut Draw) -> Case> = None;

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
