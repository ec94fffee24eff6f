//! LOCAL_RESPONSE_NORMALIZATION.

use demilite_core::op::LocalResponseNormalization;
use demilite_core::{DataType, Op};

use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

/// The image, the radius and the exponent.
const IMAGES: &[([usize; 4], i32, f32)] = &[
    ([1, 1, 1, 1], 1, 0.5),
    ([1, 5, 7, 3], 5, 0.75),
    ([2, 3, 2, 17], 2, 0.75),
    ([1, 2, 3, 13], 0, 1.0),
];

pub(super) fn cases() -> Vec<Case> {
    let dtype = DataType::Float32;
    let cases = IMAGES.iter().map(|&(image, radius, beta)| {
        let name = format!(
            "local_response_normalization/{dtype}/{}/radius_{radius}/beta_{beta}",
            extents(&image)
        );
        let mut draft = Draft::new(name).within(8.0);
        let input = draft.input(dtype, &image);
        let op = Op::LocalResponseNormalization(LocalResponseNormalization {
            radius,
            bias: 1.5,
            alpha: 0.25,
            beta,
        });
        draft.finish(op, &[input], dtype, None, Rounding::Function)
    });
    cases.collect()
}

impl UnderTest for LocalResponseNormalization {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::local_response_normalization);

    fn accuracy(&self) -> Accuracy {
        // x·(bias + α·Σx²)^−β: a power of a sum.
        Accuracy::steps(48.0).and_per_log(4.0)
    }
}
