//! DEPTHWISE_CONV_2D.

use demilite_core::Op;
use demilite_core::op::{Activation, DepthwiseConv2d, Padding};

use super::convolution::{Weights, weigh};
use super::{ACTIVATIONS, activation_name, padding_name};
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

/// Image, filter height and width, channels for each, strides, dilations and padding.
type Geometry = (
    [usize; 4],
    [usize; 2],
    usize,
    [usize; 2],
    [usize; 2],
    Padding,
);

const GEOMETRIES: &[Geometry] = &[
    ([1, 1, 1, 1], [1, 1], 1, [1, 1], [1, 1], Padding::Valid),
    ([2, 7, 5, 3], [3, 3], 1, [1, 1], [1, 1], Padding::Same),
    ([1, 11, 13, 8], [3, 3], 1, [2, 2], [1, 1], Padding::Same),
    ([1, 13, 11, 5], [3, 5], 1, [2, 3], [1, 1], Padding::Valid),
    ([1, 7, 7, 3], [3, 3], 2, [1, 1], [1, 1], Padding::Same),
    ([1, 5, 7, 1], [3, 3], 8, [1, 1], [1, 1], Padding::Same),
    ([1, 13, 11, 4], [3, 3], 1, [1, 1], [2, 3], Padding::Same),
    ([1, 11, 11, 2], [3, 3], 3, [1, 1], [2, 2], Padding::Valid),
    ([3, 5, 5, 17], [5, 5], 1, [1, 1], [1, 1], Padding::Same),
    ([1, 2, 2, 7], [5, 5], 1, [1, 1], [1, 1], Padding::Same),
    ([1, 25, 1, 4], [7, 1], 1, [3, 1], [1, 1], Padding::Valid),
    // Quads of channels with a bias, and dilations of two kinds without quads.
    ([2, 5, 9, 20], [3, 3], 1, [1, 1], [1, 1], Padding::Same),
    ([1, 13, 11, 3], [3, 3], 1, [1, 1], [2, 3], Padding::Same),
    // Two columns less than two groups of four.
    ([1, 3, 6, 8], [3, 3], 1, [1, 1], [1, 1], Padding::Same),
    // Steps of two over few rows.
    ([1, 6, 11, 8], [3, 3], 1, [2, 2], [1, 1], Padding::Same),
    // Strips of eight output rows and what is left, of two images, and without padding.
    ([2, 10, 6, 4], [3, 3], 1, [1, 1], [1, 1], Padding::Same),
    ([1, 19, 9, 36], [3, 3], 1, [2, 2], [1, 1], Padding::Valid),
    // Five quads of channels over few rows.
    ([1, 3, 5, 20], [3, 3], 1, [1, 1], [1, 1], Padding::Same),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in ACTIVATIONS {
        for &weights in Weights::of_depthwise(dtype) {
            for (index, geometry) in GEOMETRIES.iter().enumerate() {
                let (image, window, multiplier, strides, dilations, padding) = *geometry;
                let activation = [Activation::Relu6, Activation::None, Activation::Relu][index % 3];
                let has_bias = index % 4 != 2;
                let filter = [1, window[0], window[1], image[3] * multiplier];
                let name = format!(
                    "depthwise_conv_2d/{dtype}/{}/{}/{}/stride_{}/dilation_{}/{}/{}/{}",
                    extents(&image),
                    extents(&filter),
                    padding_name(padding),
                    extents(&strides),
                    extents(&dilations),
                    weights.name(),
                    if has_bias { "bias" } else { "no_bias" },
                    activation_name(activation),
                );
                let mut draft = Draft::new(name);
                let input = draft.input(dtype, &image);
                let terms = window[0] * window[1];
                let weighed = weigh(
                    &mut draft,
                    dtype,
                    input,
                    (weights, &filter, 3),
                    has_bias,
                    terms,
                );
                let op = Op::DepthwiseConv2d(DepthwiseConv2d {
                    padding,
                    stride_h: strides[0],
                    stride_w: strides[1],
                    dilation_h: dilations[0],
                    dilation_w: dilations[1],
                    depth_multiplier: multiplier as i32,
                    activation,
                });
                let rounding = Rounding::Products { terms: terms + 1 };
                cases.push(draft.finish(op, &weighed.inputs, dtype, weighed.output, rounding));
            }
        }
    }
    cases
}

impl UnderTest for DepthwiseConv2d {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::weighed::depthwise_conv_2d);

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
