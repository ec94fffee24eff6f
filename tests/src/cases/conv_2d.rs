//! CONV_2D.

use demilite_core::Op;
use demilite_core::op::{Activation, Conv2d, Padding};

use super::convolution::{Weights, weigh};
use super::{ACTIVATIONS, activation_name, padding_name};
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

/// Image, filter, strides, dilations and padding.
type Geometry = ([usize; 4], [usize; 4], [usize; 2], [usize; 2], Padding);

const GEOMETRIES: &[Geometry] = &[
    ([1, 1, 1, 1], [1, 1, 1, 1], [1, 1], [1, 1], Padding::Valid),
    ([1, 5, 7, 3], [4, 1, 1, 3], [1, 1], [1, 1], Padding::Same),
    ([2, 7, 5, 3], [5, 3, 3, 3], [1, 1], [1, 1], Padding::Same),
    ([1, 11, 13, 3], [8, 3, 3, 3], [2, 2], [1, 1], Padding::Same),
    ([1, 13, 11, 5], [7, 3, 5, 5], [2, 3], [1, 1], Padding::Valid),
    ([1, 13, 11, 2], [3, 3, 3, 2], [1, 1], [2, 3], Padding::Same),
    ([1, 11, 11, 2], [3, 3, 3, 2], [1, 1], [2, 2], Padding::Valid),
    (
        [1, 7, 7, 17],
        [13, 1, 1, 17],
        [1, 1],
        [1, 1],
        Padding::Valid,
    ),
    ([3, 5, 5, 8], [16, 3, 3, 8], [1, 1], [1, 1], Padding::Same),
    ([1, 2, 2, 3], [3, 5, 5, 3], [1, 1], [1, 1], Padding::Same),
    ([1, 9, 1, 4], [5, 3, 1, 4], [3, 1], [1, 1], Padding::Same),
    ([1, 7, 5, 6], [9, 3, 3, 2], [1, 1], [1, 1], Padding::Same),
    // Groups that fill the blocks of eight channels that kernels work in.
    ([1, 5, 3, 8], [16, 3, 3, 4], [1, 1], [1, 1], Padding::Same),
    // More channels than a tile has.
    ([1, 3, 7, 12], [48, 1, 1, 12], [1, 1], [1, 1], Padding::Same),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in ACTIVATIONS {
        for &weights in Weights::of_convolutions(dtype) {
            for (index, geometry) in GEOMETRIES.iter().enumerate() {
                let (image, filter, strides, dilations, padding) = *geometry;
                let activation = [Activation::None, Activation::Relu, Activation::Relu6][index % 3];
                let has_bias = index % 4 != 3;
                let name = format!(
                    "conv_2d/{dtype}/{}/{}/{}/stride_{}/dilation_{}/{}/{}/{}",
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
                let terms = filter[1] * filter[2] * filter[3];
                let weighed = weigh(
                    &mut draft,
                    dtype,
                    input,
                    (weights, &filter, 0),
                    has_bias,
                    terms,
                );
                let op = Op::Conv2d(Conv2d {
                    padding,
                    stride_h: strides[0],
                    stride_w: strides[1],
                    dilation_h: dilations[0],
                    dilation_w: dilations[1],
                    activation,
                    quantized_bias_type: 0,
                });
                let rounding = Rounding::Products { terms: terms + 1 };
                cases.push(draft.finish(op, &weighed.inputs, dtype, weighed.output, rounding));
            }
        }
    }
    cases
}

impl UnderTest for Conv2d {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::weighed::conv_2d);

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
