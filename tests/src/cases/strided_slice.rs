//! STRIDED_SLICE.

use demilite_core::Op;
use demilite_core::op::StridedSlice;

use super::movement::{self, Movement, Rows, numbers};
use crate::case::Case;
use crate::drawn::{self, Draw};
use crate::under_test::UnderTest;

/// Begins, ends and strides, and the op's masks.
type Entries = (&'static [i32], &'static [i32], &'static [i32], StridedSlice);

const PLAIN: StridedSlice = StridedSlice {
    begin_mask: 0,
    end_mask: 0,
    ellipsis_mask: 0,
    new_axis_mask: 0,
    shrink_axis_mask: 0,
    offset: false,
};

const WHOLE: StridedSlice = StridedSlice {
    begin_mask: 0b1,
    end_mask: 0b10,
    ..PLAIN
};

const SHRUNK: StridedSlice = StridedSlice {
    shrink_axis_mask: 0b10,
    ..PLAIN
};

const ADDED: StridedSlice = StridedSlice {
    ellipsis_mask: 0b1,
    new_axis_mask: 0b10,
    shrink_axis_mask: 0b100,
    ..PLAIN
};

const OFFSET: StridedSlice = StridedSlice {
    offset: true,
    ..PLAIN
};

const ROWS: Rows<Entries> = &[
    (&[13], (&[1], &[-2], &[3], PLAIN)),
    (&[13], (&[100], &[-100], &[-2], PLAIN)),
    (&[5, 7], (&[3, 1], &[4, 2], &[2, 3], WHOLE)),
    (&[5, 7], (&[-1, 6], &[0, 0], &[-1, -2], WHOLE)),
    (&[2, 3, 5], (&[0, -1, 1], &[2, 0, 5], &[1, 1, 2], SHRUNK)),
    (&[1, 5, 7, 3], (&[0, 1, 1], &[1, 5, 7], &[1, 2, 2], PLAIN)),
    (&[2, 3, 5, 7], (&[0, 0, 3], &[0, 0, 4], &[1, 1, 1], ADDED)),
    (&[3, 5], (&[1, 2], &[2, 3], &[1, 2], OFFSET)),
    (
        &[2, 3, 2, 3, 2],
        (&[1, 2, 0, 0, 0], &[2, 0, 2, 3, 1], &[1, -1, 1, 2, 1], PLAIN),
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let words = |(begin, end, strides, op): &Entries| {
        let entries = [begin, end, strides].map(|entries| numbers(entries));
        let masks = [
            op.begin_mask,
            op.end_mask,
            op.ellipsis_mask,
            op.new_axis_mask,
            op.shrink_axis_mask,
        ];
        let masks = masks.map(|mask| mask.to_string()).join("_");
        let offset = if op.offset { "/offset" } else { "" };
        format!("{}/masks_{masks}{offset}", entries.join("/"))
    };
    movement::cases(
        "strided_slice",
        ROWS,
        words,
        |draft, input, _, (begin, end, strides, op)| {
            let entries = [begin, end, strides];
            let [begin, end, strides] =
                entries.map(|entries| draft.indices(&[entries.len()], entries));
            let inputs = vec![input, begin, end, strides];
            Movement::new(Op::StridedSlice(*op), inputs)
        },
    )
}

impl UnderTest for StridedSlice {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::cutting::strided_slice);
}
