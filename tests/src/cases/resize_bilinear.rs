//! RESIZE_BILINEAR.

use demilite_core::Op;
use demilite_core::op::ResizeBilinear;

use super::ACTIVATIONS;
use crate::accuracy::{Accuracy, STEP};
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

/// Image and new size.
const SHAPES: &[([usize; 4], [i32; 2])] = &[
    ([1, 1, 1, 1], [3, 5]),
    ([1, 2, 2, 3], [4, 4]),
    ([2, 5, 7, 3], [11, 13]),
    ([1, 11, 13, 5], [5, 7]),
    ([1, 7, 7, 17], [7, 7]),
    ([1, 5, 3, 4], [1, 1]),
    ([1, 33, 17, 2], [129, 97]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let modes = [
        ("corners_apart", false, false),
        ("align_corners", true, false),
        ("half_pixel_centers", false, true),
    ];
    for dtype in ACTIVATIONS {
        for (image, size) in SHAPES {
            for (mode, align_corners, half_pixel_centers) in modes {
                let name = format!(
                    "resize_bilinear/{dtype}/{}/to_{}x{}/{mode}",
                    extents(image),
                    size[0],
                    size[1]
                );
                let mut draft = Draft::new(name).within(8.0);
                let input = draft.input(dtype, image);
                let indices = draft.indices(&[2], size);
                let op = Op::ResizeBilinear(ResizeBilinear {
                    align_corners,
                    half_pixel_centers,
                });
                let quantization = draft.quantization_of(input);
                let rounding = Rounding::Sums { terms: 4 };
                cases.push(draft.finish(op, &[input, indices], dtype, quantization, rounding));
            }
        }
    }
    cases
}

impl UnderTest for ResizeBilinear {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::image::resize_bilinear);

    fn accuracy(&self) -> Accuracy {
        // Weights of the four neighbours are products of differences of positions.
        Accuracy::steps(1.0).or_absolute(8.0 * STEP)
    }

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
