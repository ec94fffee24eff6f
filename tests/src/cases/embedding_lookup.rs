//! EMBEDDING_LOOKUP.

use demilite_core::op::EmbeddingLookup;
use demilite_core::{DataType, Op, Quantization};

use super::MOVED;
use super::movement::numbers;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// The table and the indices; rows of an even number of elements.
const ROWS: &[(&[usize], &[i32])] = &[
    (&[13, 4], &[12, 0, 7]),
    (&[1, 2], &[0]),
    (&[5, 3, 2], &[4, 4, 1, 0]),
    (&[3, 5, 7, 2], &[2, 0]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (shape, indices) in ROWS {
        let words = format!("{}/{}", extents(shape), numbers(indices));
        let op = || Op::EmbeddingLookup(EmbeddingLookup);
        for dtype in MOVED {
            let mut draft = Draft::new(format!("embedding_lookup/{dtype}/{words}")).within(8.0);
            let indices = draft.indices(&[indices.len()], indices);
            let table = draft.input_with(dtype, shape, None);
            cases.push(draft.finish(op(), &[indices, table], dtype, None, Rounding::Moves));
        }
        for is_by_row in [false, true] {
            let scales = if is_by_row { "by_row" } else { "one_scale" };
            let name = format!("embedding_lookup/float32/{words}/table_int8/{scales}");
            let mut draft = Draft::new(name);
            let indices = draft.indices(&[indices.len()], indices);
            let rows = if is_by_row { shape[0] } else { 1 };
            let scales: Vec<f32> = (0..rows).map(|_| draft.scale(0.01, 0.1)).collect();
            let quantization = match scales[..] {
                [scale] => Quantization::per_tensor(scale, 0),
                _ => Quantization::per_axis(scales, 0),
            };
            let table = draft.constant(DataType::Int8, shape, Some(quantization));
            let inputs = [indices, table];
            let rounding = Rounding::Function;
            cases.push(draft.finish(op(), &inputs, DataType::Float32, None, rounding));
        }
    }
    cases
}

impl UnderTest for EmbeddingLookup {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::embedding_lookup);

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
