//! PAD, and PADV2 with zeros.

use demilite_core::op::pad::paddings;
use demilite_core::{NodeContext, op};

use super::{Prepared, Unprepared};
use crate::training::blend::{Blend, Term};

pub(super) fn prepare(node: &NodeContext<'_>, op: &op::Pad) -> Result<Prepared, Unprepared> {
    let value = node.value(2).and_then(|value| value.as_slice::<f32>().ok());
    let is_zero = value.is_some_and(|value| value.iter().all(|value| *value == 0.0));
    if op.has_value && !is_zero {
        return Err(Unprepared::form("it pads with something else than zeros"));
    }
    let shape = node.shape(0)?;
    let paddings = paddings(shape, &node.indices(1)?)?;
    // Dimensions behind the last one that is padded stay together.
    let last = paddings.iter().rposition(|padding| *padding != [0, 0]);
    let leading = last.map_or(0, |last| last + 1);
    let length = shape[leading..].iter().product();
    let mut rows = vec![0];
    for (&extent, &[before, after]) in std::iter::zip(&shape[..leading], &paddings) {
        let padded = before + extent + after;
        rows = rows
            .iter()
            .flat_map(|row| (0..extent).map(move |index| row * padded + before + index))
            .collect();
    }
    let terms = rows.into_iter().enumerate().map(|(from, to)| Term {
        to,
        from,
        weight: 1.0,
    });
    Ok(Box::new(Blend {
        length,
        terms: terms.collect(),
    }))
}
