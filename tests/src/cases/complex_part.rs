//! REAL, IMAG and COMPLEX_ABS, of the frequencies of a fed tensor.

use demilite_core::op::ComplexPart;
use demilite_core::op::complex_part::ComplexPartKind;
use demilite_core::{DataType, Op};

use super::rfft2d::{TRANSFORMS, transformed};
use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

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

impl UnderTest for ComplexPart {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::frequency::complex_part);

    fn accuracy(&self) -> Accuracy {
        // Sums of products with sines and cosines, held to the largest of them.
        Accuracy::steps(8.0)
    }

    fn specials(&self) -> Specials {
        // Sums that run in another order there, of numbers that steps carry on.
        Specials::None
    }
}
