//! REAL, IMAG and COMPLEX_ABS, of the frequencies of a fed tensor.

use demilite_core::op::ComplexPart;
use demilite_core::op::complex_part::ComplexPartKind;
use demilite_core::{DataType, Op};

use super::rfft2d::{TRANSFORMS, transformed};
use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;

pub(super) fn cases() -> Vec<Case> {
    let dtype = DataType::Float32;
    let mut cases = Vec::new();
    for &kind in ComplexPartKind::ALL {
        let kind_name = kind.operator().name().to_lowercase();
        for &(shape, lengths) in TRANSFORMS {
            let [height, width] = lengths;
            let name = format!(
                "complex_part/{dtype}/{kind_name}/{}/{height}x{width}",
                extents(shape)
            );
            let mut draft = Draft::new(name).within(8.0);
            let frequencies = transformed(&mut draft, (shape, lengths));
            let rounding = Rounding::Network {
                terms: (height * width) as usize,
                ops: 1,
            };
            let op = Op::ComplexPart(ComplexPart { kind });
            cases.push(draft.finish(op, &[frequencies], dtype, None, rounding));
        }
    }
    cases
}
