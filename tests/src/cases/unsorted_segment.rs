//! UNSORTED_SEGMENT_MAX, _MIN, _PROD and _SUM.

use demilite_core::op::UnsortedSegment;
use demilite_core::op::unsorted_segment::SegmentKind;
use demilite_core::{DataType, Op};

use super::movement::numbers;
use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{ALL, OF_SUMS, Specials, WITHOUT_LARGE};
use crate::under_test::UnderTest;

/// The tensor, the shape of its segments, the segments and their number.
type Parts = (&'static [usize], &'static [usize], &'static [i32], i32);

const PARTS: &[Parts] = &[
    (&[1], &[1], &[0], 1),
    (&[7], &[7], &[2, 0, -1, 2, 3, 0, 2], 5),
    (&[3, 5], &[3], &[1, 1, 0], 2),
    (&[2, 3, 5], &[2, 3], &[0, 3, 1, -1, 3, 3], 4),
    (&[5, 2, 3, 7], &[5], &[4, 3, 2, 1, 0], 5),
    (&[6, 4], &[6], &[1, 0, 1, 1, 0, 1], 2),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &kind in SegmentKind::ALL {
        let kind_name = kind.operator().name().to_lowercase();
        let kind_name = kind_name.trim_start_matches("unsorted_segment_");
        for dtype in [DataType::Float32, DataType::Int32] {
            for &(shape, segments, ids, count) in PARTS {
                let name = format!(
                    "unsorted_segment/{dtype}/{}/{kind_name}/{}_of_{count}",
                    extents(shape),
                    numbers(ids)
                );
                let mut draft = Draft::new(name).within(8.0);
                let input = draft.input(dtype, shape);
                let segments = draft.indices(segments, ids);
                let count = draft.indices(&[], &[count]);
                let rounding = rounding(kind, ids.len());
                let op = Op::UnsortedSegment(UnsortedSegment { kind });
                cases.push(draft.finish(op, &[input, segments, count], dtype, None, rounding));
            }
        }
    }
    for kind in [
        SegmentKind::UnsortedSegmentMax,
        SegmentKind::UnsortedSegmentMin,
    ] {
        // NaN before a number and behind it, in whole quads.
        let mut draft = Draft::new(format!(
            "unsorted_segment/float32/3x4/{kind:?}/not_a_number"
        ));
        #[rustfmt::skip]
        let rows = [
            1.0, f32::NAN, -3.0, f32::NAN,
            2.0, 5.0, f32::NAN, f32::NAN,
            f32::NAN, 4.0, -2.0, 1.0,
        ];
        let input = draft.chosen(&[3, 4], &rows, None);
        let segments = draft.indices(&[3], &[0, 0, 0]);
        let count = draft.indices(&[], &[1]);
        let inputs = [input, segments, count];
        let op = Op::UnsortedSegment(UnsortedSegment { kind });
        cases.push(draft.finish(op, &inputs, DataType::Float32, None, Rounding::Moves));
    }
    cases
}

/// What an op over at most so many elements of a segment does to floats.
pub(crate) fn rounding(kind: SegmentKind, terms: usize) -> Rounding {
    match kind {
        SegmentKind::UnsortedSegmentMax | SegmentKind::UnsortedSegmentMin => Rounding::Moves,
        SegmentKind::UnsortedSegmentProd | SegmentKind::UnsortedSegmentSum => {
            Rounding::Sums { terms }
        }
    }
}

impl UnderTest for UnsortedSegment {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::reduction::unsorted_segment);

    fn accuracy(&self) -> Accuracy {
        match self.kind {
            SegmentKind::UnsortedSegmentProd => Accuracy::steps(1.0),
            SegmentKind::UnsortedSegmentMax
            | SegmentKind::UnsortedSegmentMin
            | SegmentKind::UnsortedSegmentSum => Accuracy::EXACT,
        }
    }

    fn specials(&self) -> Specials {
        match self.kind {
            SegmentKind::UnsortedSegmentSum => OF_SUMS,
            SegmentKind::UnsortedSegmentProd => WITHOUT_LARGE,
            SegmentKind::UnsortedSegmentMax | SegmentKind::UnsortedSegmentMin => ALL,
        }
    }
}
