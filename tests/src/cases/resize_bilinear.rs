//! RESIZE_BILINEAR.

use demilite_core::op::ResizeBilinear;
use demilite_core::{DataType, Op, Quantization};

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
    // Weights that miss 0 by a rounding.
    ([1, 7, 7, 3], [43, 43]),
    // At the edges one of two weights is below 0.
    ([1, 2, 2, 36], [3, 3]),
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
    // Past the edges an infinity meets weights of either sign.
    let mut draft =
        Draft::new("resize_bilinear/float32/2x3x3x1/to_7x7/half_pixel_centers/infinite");
    let images = [(f32::INFINITY, 1.0), (f32::NEG_INFINITY, 2.0)].map(|(edge, middle)| {
        let mut image = [edge; 9];
        image[4] = middle;
        image
    });
    let input = draft.chosen(&[2, 3, 3, 1], images.as_flattened(), None);
    let indices = draft.indices(&[2], &[7, 7]);
    let op = Op::ResizeBilinear(ResizeBilinear {
        align_corners: false,
        half_pixel_centers: true,
    });
    let rounding = Rounding::Sums { terms: 4 };
    cases.push(draft.finish(op, &[input, indices], DataType::Float32, None, rounding));
    cases.push(near_ties());
    cases
}

/// At the upper edge, where one of two weights is below 0, the middles of these columns are a tie but for what single precision loses.
fn near_ties() -> Case {
    const COLUMNS: [[u8; 8]; 2] = [[2, 2, 4, 4, 8, 14, 20, 22], [1, 109, 11, 25, 7, 17, 11, 37]];
    let mut draft = Draft::new("resize_bilinear/uint8/2x2x2x8/to_3x3/half_pixel_centers/near_ties");
    let [left, right] = COLUMNS;
    let images = [left, right, left, right, right, left, right, left];
    let quantization = Some(Quantization::per_tensor(0.05, 3));
    let input = draft.chosen(&[2, 2, 2, 8], images.as_flattened(), quantization.clone());
    let indices = draft.indices(&[2], &[3, 3]);
    let op = Op::ResizeBilinear(ResizeBilinear {
        align_corners: false,
        half_pixel_centers: true,
    });
    let rounding = Rounding::Sums { terms: 4 };
    draft.finish(
        op,
        &[input, indices],
        DataType::UInt8,
        quantization,
        rounding,
    )
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
