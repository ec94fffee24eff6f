//! HASHTABLE_LOOKUP.

use demilite_core::op::HashtableLookup;
use demilite_core::{DataType, Op};

use super::MOVED;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// Looks so many keys up in a table of rows of this shape, every other number being a key.
pub(crate) fn finish(
    mut draft: Draft,
    dtype: DataType,
    [lookups, rows]: [usize; 2],
    row: &[usize],
) -> Case {
    let keys: Vec<i32> = (0..rows as i32).map(|key| 2 * key - 7).collect();
    let shape = [&[rows], row].concat();
    let inputs = [
        draft.input(DataType::Int32, &[lookups]),
        draft.indices(&[rows], &keys),
        draft.input_with(dtype, &shape, None),
    ];
    let outputs = [(dtype, None), (DataType::UInt8, None)];
    let op = Op::HashtableLookup(HashtableLookup);
    draft.finish_all(op, &inputs, &outputs, Rounding::Moves)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in MOVED.into_iter().chain([DataType::String]) {
        for (sizes, row) in [([1, 1], &[][..]), ([7, 5], &[3]), ([13, 8], &[2, 3])] {
            let row = if dtype == DataType::String { &[] } else { row };
            let [lookups, rows] = sizes;
            let row_words = extents(row);
            let name = format!("hashtable_lookup/{dtype}/{lookups}/{rows}/{row_words}");
            cases.push(finish(Draft::new(name).within(9.0), dtype, sizes, row));
        }
    }
    cases
}

impl UnderTest for HashtableLookup {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::text::hashtable_lookup);

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
