//! MEAN.

use demilite_core::op::Mean;
use demilite_core::{DataType, Op};

use super::ACTIVATIONS;
use super::reduction::{LARGE_SHAPES, LARGE_TYPES};
use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

/// Input and the axes that are averaged over.
const SHAPES: &[(&[usize], &[i32])] = &[
    (&[1], &[0]),
    (&[13], &[0]),
    (&[5, 7], &[1]),
    (&[5, 7], &[0]),
    (&[1, 7, 7, 17], &[1, 2]),
    (&[2, 5, 3, 4], &[1, 2]),
    (&[2, 3, 5, 7], &[-1]),
    (&[2, 3, 5, 7], &[0, 2]),
    (&[2, 3, 5, 7], &[0, 1, 2, 3]),
    (&[1, 1, 1, 5], &[1, 2]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in ACTIVATIONS
        .into_iter()
        .chain([DataType::Int32, DataType::Int64])
    {
        let large = match LARGE_TYPES.contains(&dtype) {
            true => LARGE_SHAPES,
            false => &[],
        };
        for (shape, axes) in SHAPES.iter().chain(large) {
            for keep_dims in [false, true] {
                let named: Vec<String> = axes.iter().map(i32::to_string).collect();
                let name = format!(
                    "mean/{dtype}/{}/axes_{}/{}",
                    extents(shape),
                    named.join("_"),
                    if keep_dims { "keep_dims" } else { "drop_dims" },
                );
                let mut draft = Draft::new(name).within(100.0);
                let input = draft.input(dtype, shape);
                let indices = draft.indices(&[axes.len()], axes);
                let output = draft.quantization(dtype);
                let terms = axes
                    .iter()
                    .map(|&axis| shape[axis.rem_euclid(shape.len() as i32) as usize]);
                let rounding = Rounding::Means {
                    terms: terms.product(),
                };
                let op = Op::Mean(Mean { keep_dims });
                cases.push(draft.finish(op, &[input, indices], dtype, output, rounding));
            }
        }
    }
    cases
}

impl UnderTest for Mean {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::reduction::mean);

    fn accuracy(&self) -> Accuracy {
        // A sum, and a division by the number of its terms.
        Accuracy::QUOTIENT
    }

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
