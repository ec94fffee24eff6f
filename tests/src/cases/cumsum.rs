//! CUMSUM.

use demilite_core::op::Cumsum;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

const SHAPES: &[(&[usize], i32)] = &[
    (&[1], 0),
    (&[13], 0),
    (&[5, 7], 0),
    (&[5, 7], -1),
    (&[2, 3, 5, 7], 2),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [DataType::Float32, DataType::Int32, DataType::Int64] {
        for (shape, axis) in SHAPES {
            for (exclusive, reverse) in [(false, false), (false, true), (true, false), (true, true)]
            {
                let name = format!(
                    "cumsum/{dtype}/{}/axis_{axis}/{}/{}",
                    extents(shape),
                    if exclusive { "exclusive" } else { "inclusive" },
                    if reverse { "backwards" } else { "forwards" },
                );
                let mut draft = Draft::new(name).within(8.0);
                let input = draft.input(dtype, shape);
                let indices = draft.indices(&[], &[*axis]);
                let op = Op::Cumsum(Cumsum { exclusive, reverse });
                let rounding = Rounding::Sums {
                    terms: shape.iter().copied().max().unwrap_or(1),
                };
                cases.push(draft.finish(op, &[input, indices], dtype, None, rounding));
            }
        }
    }
    cases
}

impl UnderTest for Cumsum {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::reduction::cumsum);

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
