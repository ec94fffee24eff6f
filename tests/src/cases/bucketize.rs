//! BUCKETIZE.

use demilite_core::op::Bucketize;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

const SHAPES: &[&[usize]] = &[&[], &[13], &[3, 1, 5], &[2, 3, 5, 7]];

/// Bounds between buckets.
const BOUNDARIES: &[&[f32]] = &[
    &[],
    &[0.0],
    &[-8.0, 8.0],
    &[-7.5, -2.0, -2.0, 0.5, 3.0, 7.0],
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [DataType::Float32, DataType::Int32, DataType::Int64] {
        for &shape in SHAPES {
            for boundaries in BOUNDARIES {
                let name = format!(
                    "bucketize/{dtype}/{}/{}_boundaries",
                    extents(shape),
                    boundaries.len()
                );
                let mut draft = Draft::new(name).within(9.0);
                let input = draft.input(dtype, shape);
                let op = Op::Bucketize(Bucketize {
                    boundaries: boundaries.to_vec(),
                });
                let rounding = Rounding::Moves;
                cases.push(draft.finish(op, &[input], DataType::Int32, None, rounding));
            }
        }
    }
    cases
}

impl UnderTest for Bucketize {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::bucketize);

    fn specials(&self) -> Specials {
        // LiteRT converts such numbers to integers, or orders by them, which C++ leaves undefined.
        Specials::None
    }
}
