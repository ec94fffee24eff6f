//! HASHTABLE, HASHTABLE_IMPORT, HASHTABLE_FIND and HASHTABLE_SIZE.

use demilite_core::op::{Hashtable, HashtableFind, HashtableImport, HashtableSize};
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// The types of keys and values.
pub(crate) const TYPES: [[DataType; 2]; 2] = [
    [DataType::String, DataType::Int64],
    [DataType::Int64, DataType::String],
];

/// A table of so many entries, some with the same key, and what it has for keys of this shape.
pub(crate) fn lookup(
    mut draft: Draft,
    [keys, values]: [DataType; 2],
    entries: usize,
    shape: &[usize],
) -> Case {
    let op = Op::Hashtable(Hashtable {
        table_id: 7,
        keys,
        values,
    });
    let table = draft.computed(op, &[], DataType::Resource, &[1]);
    let imported = [
        table,
        draft.constant(keys, &[entries], None),
        draft.constant(values, &[entries], None),
    ];
    draft.effect(Op::HashtableImport(HashtableImport), &imported);
    let size = draft.computed(
        Op::HashtableSize(HashtableSize),
        &[table],
        DataType::Int64,
        &[1],
    );
    let asked = [
        table,
        draft.input(keys, shape),
        draft.constant(values, &[1], None),
    ];
    let found = draft.computed(Op::HashtableFind(HashtableFind), &asked, values, shape);
    draft.finish_network(vec![found, size], Rounding::Moves)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for types in TYPES {
        for (entries, shape) in [(1, &[1][..]), (5, &[7]), (13, &[2, 3, 5]), (3, &[1, 4])] {
            let [keys, values] = types;
            let shape_words = extents(shape);
            let name = format!("hashtable/string/{keys}_to_{values}/{entries}/{shape_words}");
            cases.push(lookup(Draft::new(name).within(8.0), types, entries, shape));
        }
    }
    cases
}

impl UnderTest for Hashtable {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::text::hashtable);

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
