//! FULLY_CONNECTED.

use demilite_core::Op;
use demilite_core::op::{Activation, FullyConnected};

use super::convolution::{Weights, weigh};
use super::{ACTIVATIONS, activation_name};
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

/// Input, weights, and whether the output keeps the input's outer extents.
const SHAPES: &[(&[usize], [usize; 2], bool)] = &[
    (&[1, 1], [1, 1], false),
    (&[1, 7], [5, 7], false),
    (&[3, 17], [13, 17], false),
    (&[2, 64], [10, 64], false),
    (&[13], [2, 13], false),
    (&[2, 3, 5], [7, 15], false),
    (&[2, 3, 5, 7], [11, 7], true),
    (&[1, 257], [3, 257], false),
    (&[5, 1], [3, 1], false),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in ACTIVATIONS {
        for &weights in Weights::of_matrices(dtype) {
            for (index, (shape, filter, keep_num_dims)) in SHAPES.iter().enumerate() {
                let activation = [Activation::None, Activation::Relu, Activation::Relu6][index % 3];
                let has_bias = index % 4 != 1;
                let name = format!(
                    "fully_connected/{dtype}/{}/{}/{}/{}/{}/{}",
                    extents(shape),
                    extents(filter),
                    if *keep_num_dims {
                        "keep_num_dims"
                    } else {
                        "flat"
                    },
                    weights.name(),
                    if has_bias { "bias" } else { "no_bias" },
                    activation_name(activation),
                );
                let mut draft = Draft::new(name);
                let input = draft.input(dtype, shape);
                let terms = filter[1];
                let weighed = weigh(
                    &mut draft,
                    dtype,
                    input,
                    (weights, filter, 0),
                    has_bias,
                    terms,
                );
                let op = Op::FullyConnected(FullyConnected {
                    activation,
                    weights_format: 0,
                    keep_num_dims: *keep_num_dims,
                    asymmetric_quantize_inputs: false,
                    quantized_bias_type: 0,
                });
                let rounding = Rounding::Products { terms: terms + 1 };
                cases.push(draft.finish(op, &weighed.inputs, dtype, weighed.output, rounding));
            }
        }
    }
    cases
}

impl UnderTest for FullyConnected {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::weighed::fully_connected);

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
