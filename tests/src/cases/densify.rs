//! DENSIFY.

use demilite_core::op::Densify;
use demilite_core::{DataType, Op, SparseDimension, Sparsity};

use crate::case::{Case, Draft, extents};
use crate::drawn::Draw;
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

fn dense(size: usize) -> SparseDimension {
    SparseDimension::Dense { size }
}

fn csr(segments: &[usize], indices: &[usize]) -> SparseDimension {
    SparseDimension::SparseCsr {
        segments: segments.to_vec(),
        indices: indices.to_vec(),
    }
}

/// A shape, how it is stored, the number of stored elements, and the storage.
fn rows() -> Vec<(&'static [usize], &'static str, usize, Sparsity)> {
    let sparsity = |order: &[usize], blocks: &[usize], dimensions: &[SparseDimension]| Sparsity {
        traversal_order: order.to_vec(),
        block_map: blocks.to_vec(),
        dimensions: dimensions.to_vec(),
    };
    let rows = sparsity(&[0, 1], &[], &[dense(3), csr(&[0, 2, 2, 3], &[1, 4, 0])]);
    let columns = sparsity(
        &[1, 0],
        &[],
        &[dense(5), csr(&[0, 1, 1, 3, 3, 4], &[2, 0, 1, 2])],
    );
    let both = sparsity(
        &[0, 1],
        &[],
        &[csr(&[0, 2], &[0, 2]), csr(&[0, 1, 3], &[4, 0, 3])],
    );
    let blocks = sparsity(
        &[0, 1, 2, 3],
        &[0, 1],
        &[dense(2), csr(&[0, 1, 3], &[2, 0, 1]), dense(2), dense(2)],
    );
    let channels = sparsity(
        &[0, 1, 2, 3, 4],
        &[3],
        &[
            csr(&[0, 2], &[0, 2]),
            dense(1),
            dense(2),
            csr(&[0, 1, 1, 2, 4], &[1, 0, 0, 1]),
            dense(4),
        ],
    );
    vec![
        (&[3, 5], "rows", 3, rows),
        (&[3, 5], "columns", 4, columns),
        (&[3, 5], "rows_and_columns", 3, both),
        (&[4, 6], "blocks_2x2", 12, blocks),
        (&[3, 1, 2, 8], "blocks_of_4_channels", 16, channels),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [DataType::Float32, DataType::Float16, DataType::Int8] {
        for (shape, words, stored, sparsity) in rows() {
            let mut draft = Draft::new(format!("densify/{dtype}/{}/{words}", extents(shape)));
            let input = draft.sparse_constant(dtype, shape, sparsity, stored);
            let op = Op::Densify(Densify);
            cases.push(draft.finish(op, &[input], dtype, None, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for Densify {
    const DRAWN: Option<fn(&mut Draw) -> Case> = None;
}
