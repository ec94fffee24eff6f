//! MEAN.

use demilite_core::NodeContext;
use demilite_core::op::mean::reduced_axes;

use super::{Prepared, Unprepared};
use crate::training::blend::{Blend, Term};

pub(super) fn prepare(node: &NodeContext<'_>) -> Result<Prepared, Unprepared> {
    let shape = node.shape(0)?;
    let reduced = reduced_axes(shape, &node.indices(1)?)?;
    // Dimensions behind the last one that is reduced stay together.
    let last = reduced.iter().rposition(|reduced| *reduced);
    let leading = last.map_or(0, |last| last + 1);
    let length = shape[leading..].iter().product();
    let mut rows = vec![0];
    let mut count = 1;
    for (&extent, &reduced) in std::iter::zip(&shape[..leading], &reduced) {
        let kept = if reduced { 1 } else { extent };
        count *= extent / kept.max(1);
        let before = rows.iter();
        rows = before
            .flat_map(|row| (0..extent).map(move |index| row * kept + index % kept.max(1)))
            .collect();
    }
    let weight = 1.0 / count as f32;
    let terms = rows.into_iter().enumerate();
    let terms = terms.map(|(from, to)| Term { to, from, weight }).collect();
    Ok(Box::new(Blend { length, terms }))
}
