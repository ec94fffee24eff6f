//! AVERAGE_POOL_2D and MAX_POOL_2D.

use demilite_core::NodeContext;
use demilite_core::geometry::{Extent, Window};
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{self, nhwc};

use super::{Prepared, Unprepared};
use crate::training::blend::{Blend, Term};
use crate::training::differentiable::{Differentiable, Met, Scratch};
use crate::training::patches::Patches;

pub(super) fn prepare(node: &NodeContext<'_>, op: &op::Pool2d) -> Result<Prepared, Unprepared> {
    let [batches, height, width, depth] = nhwc(node.shape(0)?, "image")?;
    let window = Window {
        batches,
        rows: Extent::new(height, op.rows, op.padding)?,
        columns: Extent::new(width, op.columns, op.padding)?,
    };
    match op.kind {
        PoolKind::Average if (Patches { window, depth: 1 }).fits() => {
            Ok(Box::new(average(window, depth)))
        }
        PoolKind::Average => Err(Unprepared::large()),
        PoolKind::Max => Ok(Box::new(MaxPool { window, depth })),
        PoolKind::L2 => Err(Unprepared::op()),
    }
}

/// Each result is the mean of the positions that its window has within the image.
fn average(window: Window, length: usize) -> Blend {
    let mut terms = Vec::new();
    window.for_each_output(|batch, row, column, to| {
        let first = terms.len();
        for (_, y) in window.rows.taps(row) {
            let columns = window.columns.taps(column);
            terms.extend(columns.map(|(_, x)| Term {
                to,
                from: window.input_position(batch, y, x),
                weight: 0.0,
            }));
        }
        let weight = 1.0 / (terms.len() - first) as f32;
        terms[first..]
            .iter_mut()
            .for_each(|term| term.weight = weight);
    });
    Blend { length, terms }
}

/// Each result is the greatest of its window; the first of several that are equal has the gradient.
struct MaxPool {
    window: Window,
    depth: usize,
}

impl MaxPool {
    /// For each result and channel the place of the greatest number.
    fn for_each(&self, image: &[f32], mut visit: impl FnMut(usize, usize)) {
        let MaxPool { window, depth } = *self;
        window.for_each_output(|batch, row, column, index| {
            for channel in 0..depth {
                let mut best: Option<usize> = None;
                for (_, y) in window.rows.taps(row) {
                    for (_, x) in window.columns.taps(column) {
                        let place = window.input_position(batch, y, x) * depth + channel;
                        // A NaN stays, so that training sees it.
                        if best
                            .is_none_or(|best| image[place] > image[best] || image[place].is_nan())
                        {
                            best = Some(place);
                        }
                    }
                }
                if let Some(place) = best {
                    visit(index * depth + channel, place);
                }
            }
        });
    }
}

impl Differentiable for MaxPool {
    fn forward(&self, inputs: &[&[f32]], output: &mut [f32], _: &mut Scratch) {
        output.fill(0.0);
        self.for_each(inputs[0], |result, place| output[result] = inputs[0][place]);
    }

    fn backward(&self, _: usize, met: &Met<'_>, sums: &mut [f32], _: &mut Scratch) {
        self.for_each(met.inputs[0], |result, place| {
            sums[place] += met.gradient[result]
        });
    }
}
