//! TRANSPOSE_CONV.

use demilite_core::Op;
use demilite_core::op::{Activation, Padding, TransposeConv};

use super::convolution::{Weights, weigh};
use super::{ACTIVATIONS, activation_name, padding_name};
use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;

/// Picture, filter, strides, output rows and columns, and padding.
type Geometry = ([usize; 4], [usize; 4], [usize; 2], [usize; 2], Padding);

const GEOMETRIES: &[Geometry] = &[
    ([1, 1, 1, 1], [1, 1, 1, 1], [1, 1], [1, 1], Padding::Valid),
    ([1, 1, 1, 3], [5, 3, 2, 3], [1, 1], [3, 2], Padding::Valid),
    ([2, 5, 7, 3], [5, 3, 3, 3], [1, 1], [5, 7], Padding::Same),
    ([1, 3, 5, 3], [17, 3, 3, 3], [2, 2], [6, 9], Padding::Same),
    ([1, 5, 3, 7], [3, 2, 2, 7], [2, 2], [10, 6], Padding::Valid),
    ([1, 3, 2, 2], [3, 5, 3, 2], [2, 3], [10, 8], Padding::Valid),
    ([1, 2, 3, 5], [2, 1, 1, 5], [3, 2], [4, 6], Padding::Same),
    ([3, 4, 4, 8], [16, 4, 4, 8], [2, 2], [8, 8], Padding::Same),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in ACTIVATIONS {
        for &weights in Weights::beside(dtype) {
            for (index, geometry) in GEOMETRIES.iter().enumerate() {
                let (picture, filter, strides, output, padding) = *geometry;
                let activation = [Activation::None, Activation::Relu, Activation::Relu6][index % 3];
                let has_bias = index % 4 != 3;
                let name = format!(
                    "transpose_conv/{dtype}/{}/{}/{}/stride_{}/to_{}/{}/{}/{}",
                    extents(&picture),
                    extents(&filter),
                    padding_name(padding),
                    extents(&strides),
                    extents(&output),
                    weights.name(),
                    if has_bias { "bias" } else { "no_bias" },
                    activation_name(activation),
                );
                let mut draft = Draft::new(name);
                let input = draft.input(dtype, &picture);
                // Windows overlap where they are longer than the steps between them.
                let along = |axis: usize| filter[axis + 1].div_ceil(strides[axis]);
                let terms = along(0) * along(1) * filter[3];
                let kind = (weights, &filter[..], 0);
                let weighed = weigh(&mut draft, dtype, input, kind, has_bias, terms);
                let shape = [picture[0], output[0], output[1], filter[0]].map(|dim| dim as i32);
                let shape = draft.indices(&[4], &shape);
                let mut inputs = vec![shape, weighed.inputs[1], input];
                inputs.extend(weighed.inputs.get(2));
                let op = Op::TransposeConv(TransposeConv {
                    padding,
                    stride_h: strides[0],
                    stride_w: strides[1],
                    activation,
                    quantized_bias_type: 0,
                });
                let rounding = Rounding::Products { terms: terms + 1 };
                cases.push(draft.finish(op, &inputs, dtype, weighed.output, rounding));
            }
        }
    }
    cases
}
