//! What elementwise ops of one input share.

use demilite_core::{DataType, Op, Quantization};

use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;

/// Shapes from a scalar to rank 5, with row lengths that fill no vector.
pub(super) const SHAPES: &[&[usize]] = &[
    &[],
    &[1],
    &[3],
    &[4],
    &[257],
    &[2, 3],
    &[5, 1, 7],
    &[2, 3, 5, 7],
    &[1, 11, 13, 17],
    &[2, 1, 3, 1, 5],
];

/// Cases of an op over types and shapes. `output` gives the output's quantization where the op has
/// one of its own.
pub(super) fn cases(
    prefix: &str,
    dtypes: &[DataType],
    rounding: Rounding,
    op: impl Fn() -> Op,
    output: impl Fn(DataType) -> Option<Quantization>,
) -> Vec<Case> {
    let mut cases = Vec::new();
    for &dtype in dtypes {
        for shape in SHAPES {
            let (file, kind) = prefix.split_once('/').unwrap_or((prefix, ""));
            let name = format!("{file}/{dtype}/{}", extents(shape));
            let name = if kind.is_empty() {
                name
            } else {
                format!("{name}/{kind}")
            };
            let mut draft = Draft::new(name).within(8.0);
            let input = draft.input(dtype, shape);
            let own = draft.quantization(dtype);
            let quantization = output(dtype).or(own);
            cases.push(draft.finish(op(), &[input], dtype, quantization, rounding));
        }
    }
    cases
}
