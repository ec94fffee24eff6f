//! SPARSE_TO_DENSE.

use demilite_core::op::SparseToDense;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

/// The shape of the output, that of the indices, the indices, and how many values there are; none
/// stands for one for all places.
type Places = (
    &'static [i32],
    &'static [usize],
    &'static [i32],
    Option<usize>,
);

const PLACES: &[Places] = &[
    (&[1], &[], &[0], None),
    (&[13], &[3], &[12, 0, 5], Some(3)),
    (&[5, 7], &[4, 2], &[0, 0, 4, 6, 2, 3, 2, 3], Some(4)),
    (&[2, 3, 5], &[2, 3], &[1, 2, 4, 0, 1, 0], None),
    (&[2, 3, 5, 7], &[1, 4], &[1, 0, 3, 6], Some(1)),
];

pub(super) fn cases() -> Vec<Case> {
    let types = [
        DataType::Float32,
        DataType::Int8,
        DataType::UInt8,
        DataType::Int32,
        DataType::Int64,
    ];
    let mut cases = Vec::new();
    for dtype in types {
        for &(output, shape, indices, values) in PLACES {
            let dims: Vec<usize> = output.iter().map(|&dim| dim as usize).collect();
            let name = format!(
                "sparse_to_dense/{dtype}/{}/at_{}/{}",
                extents(&dims),
                extents(shape),
                values.map_or("one_value".to_owned(), |count| format!("{count}_values")),
            );
            let mut draft = Draft::new(name).within(99.0);
            let values: Vec<usize> = values.into_iter().collect();
            let values = draft.input_with(dtype, &values, None);
            let default = draft.input_with(dtype, &[], None);
            let indices = draft.indices(shape, indices);
            let output = draft.indices(&[output.len()], output);
            let op = Op::SparseToDense(SparseToDense {
                validate_indices: false,
            });
            let inputs = [indices, output, values, default];
            cases.push(draft.finish(op, &inputs, dtype, None, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for SparseToDense {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::placement::sparse_to_dense);
}
