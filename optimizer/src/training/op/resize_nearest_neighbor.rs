//! RESIZE_NEAREST_NEIGHBOR.

use demilite_core::NodeContext;
use demilite_core::op::{self, nhwc};

use super::{Prepared, Unprepared};
use crate::training::blend::{Blend, Term};

pub(super) fn prepare(
    node: &NodeContext<'_>,
    op: &op::ResizeNearestNeighbor,
) -> Result<Prepared, Unprepared> {
    let [batches, height, width, length] = nhwc(node.shape(0)?, "image")?;
    let size = node.extents(1)?;
    let mut terms = Vec::new();
    for batch in 0..batches {
        for row in 0..size[0] {
            let y = op.nearest(row, [height, size[0]]);
            for column in 0..size[1] {
                let x = op.nearest(column, [width, size[1]]);
                terms.push(Term {
                    to: terms.len(),
                    from: (batch * height + y) * width + x,
                    weight: 1.0,
                });
            }
        }
    }
    Ok(Box::new(Blend { length, terms }))
}
