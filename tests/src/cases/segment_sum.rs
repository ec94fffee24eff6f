//! SEGMENT_SUM.

use demilite_core::op::SegmentSum;
use demilite_core::{DataType, Op};

use super::movement::numbers;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

const ROWS: &[(&[usize], &[i32])] = &[
    (&[1], &[0]),
    (&[7], &[0, 0, 1, 2, 2, 2, 3]),
    (&[3, 5], &[0, 0, 0]),
    (&[5, 2, 3], &[0, 1, 2, 3, 4]),
    (&[4, 2, 3, 5], &[0, 1, 1, 2]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [DataType::Float32, DataType::Int32] {
        for (shape, ids) in ROWS {
            let name = format!("segment_sum/{dtype}/{}/{}", extents(shape), numbers(ids));
            let mut draft = Draft::new(name).within(8.0);
            let input = draft.input(dtype, shape);
            let segments = draft.indices(&[ids.len()], ids);
            let op = Op::SegmentSum(SegmentSum);
            let rounding = Rounding::Sums { terms: ids.len() };
            cases.push(draft.finish(op, &[input, segments], dtype, None, rounding));
        }
    }
    cases
}

impl UnderTest for SegmentSum {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::reduction::segment_sum);

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
