//! LOCAL_RESPONSE_NORMALIZATION.

use demilite_core::op::LocalResponseNormalization;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;

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
