//! RESIZE_BILINEAR.

use demilite_core::NodeContext;
use demilite_core::op::{self, nhwc};

use super::{Prepared, Unprepared};
use crate::training::blend::{Blend, Term};

pub(super) fn prepare(
    node: &NodeContext<'_>,
    op: &op::ResizeBilinear,
) -> Result<Prepared, Unprepared> {
    let [batches, height, width, length] = nhwc(node.shape(0)?, "image")?;
    let size = node.extents(1)?;
    let [rows, columns] =
        [(height, size[0]), (width, size[1])].map(|(input, output)| neighbours(op, input, output));
    let mut terms = Vec::new();
    let mut to = 0;
    for batch in 0..batches {
        for row in &rows {
            for column in &columns {
                for (y, along_rows) in row {
                    for (x, along_columns) in column {
                        terms.push(Term {
                            to,
                            from: (batch * height + y) * width + x,
                            weight: along_rows * along_columns,
                        });
                    }
                }
                to += 1;
            }
        }
    }
    terms.retain(|term| term.weight != 0.0);
    Ok(Box::new(Blend { length, terms }))
}

/// For each place of the output along one axis its two neighbours in the input, with their parts.
fn neighbours(op: &op::ResizeBilinear, input: usize, output: usize) -> Vec<[(usize, f32); 2]> {
    let scale = if op.align_corners && output > 1 {
        (input - 1) as f32 / (output - 1) as f32
    } else {
        input as f32 / output as f32
    };
    let offset = if op.half_pixel_centers { 0.5 } else { 0.0 };
    let places = (0..output).map(|index| {
        let position = (index as f32 + offset) * scale - offset;
        let lower = position.floor().max(0.0);
        let upper = position.ceil().min(input as f32 - 1.0);
        let part = position - lower;
        [(lower as usize, 1.0 - part), (upper as usize, part)]
    });
    places.collect()
}
