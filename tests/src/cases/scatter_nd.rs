//! SCATTER_ND.

use demilite_core::op::ScatterNd;
use demilite_core::{DataType, Op};

use super::movement::numbers;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

/// The output's shape, that of the updates, and the shape and elements of the coordinates.
type Row = (
    &'static [i32],
    &'static [usize],
    &'static [usize],
    &'static [i32],
);

const ROWS: &[Row] = &[
    (&[13], &[3], &[3, 1], &[12, 0, 7]),
    (&[7], &[4], &[4, 1], &[2, 2, 5, 2]),
    (&[5, 7], &[2, 7], &[2, 1], &[4, 0]),
    (&[5, 7], &[2, 2], &[2, 2, 2], &[4, 6, 0, 3, 0, 3, 1, 1]),
    (&[2, 3, 5], &[2, 5], &[2, 2], &[1, 2, 1, 2]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [
        DataType::Float32,
        DataType::Int8,
        DataType::UInt8,
        DataType::Int32,
        DataType::Int64,
        DataType::Bool,
    ] {
        for (output, updates, shape, coordinates) in ROWS {
            let name = format!(
                "scatter_nd/{dtype}/{}/into_{}/at_{}",
                extents(updates),
                numbers(output),
                numbers(coordinates)
            );
            let mut draft = Draft::new(name).within(8.0);
            let coordinates = draft.indices(shape, coordinates);
            let updates = draft.input_with(dtype, updates, None);
            let output = draft.indices(&[output.len()], output);
            let rounding = Rounding::Sums { terms: shape[0] };
            let inputs = [coordinates, updates, output];
            cases.push(draft.finish(Op::ScatterNd(ScatterNd), &inputs, dtype, None, rounding));
        }
    }
    cases
}

impl UnderTest for ScatterNd {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::scatter_nd);

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
