//! Transforms to frequencies, and parts of complex numbers.

use demilite_core::op::complex_part::ComplexPartKind;
use demilite_core::op::{Bitcast, ComplexPart};
use demilite_core::{DataType, Op};

use super::draw::Draw;
use crate::case::Case;
use crate::cases::rfft2d::transformed;
use crate::float_bound::Rounding;

use DataType::Float32;

/// An op on the frequencies of a fed tensor.
fn of_frequencies(draw: &mut Draw, stem: &str, words: &str, op: Op) -> Case {
    let shape = draw.shape(2, 4);
    let lengths = [1 << draw.integer(0, 4), 2 << draw.integer(0, 6)];
    let mut draft = draw.draft(stem, Float32, words);
    let frequencies = transformed(&mut draft, (&shape, lengths));
    let terms = lengths.iter().product::<i32>() as usize;
    draft.finish(
        op,
        &[frequencies],
        Float32,
        None,
        Rounding::Network { terms, ops: 1 },
    )
}

pub(crate) fn rfft2d(draw: &mut Draw) -> Case {
    of_frequencies(draw, "rfft2d", "", Op::Bitcast(Bitcast))
}

pub(crate) fn complex_part(draw: &mut Draw) -> Case {
    let kind = draw.one(ComplexPartKind::ALL);
    let op = Op::ComplexPart(ComplexPart { kind });
    let words = op.name().to_lowercase();
    of_frequencies(draw, "complex_part", &words, op)
}
