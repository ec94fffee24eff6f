//! FULLY_CONNECTED.

use demilite_core::op::{Activation, FullyConnected};
use demilite_core::{DataType, Op, Quantization};

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
    cases.push(of_one_sign());
    cases.push(near_zero());
    cases
}

fn dynamic_range(asymmetric_quantize_inputs: bool) -> Op {
    Op::FullyConnected(FullyConnected {
        activation: Activation::None,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs,
        quantized_bias_type: 0,
    })
}

/// Rows of floats that begin or end with zero, whose greatest number is the last integer.
fn of_one_sign() -> Case {
    let name = "fully_connected/float32/4x3/5x3/flat/dynamic_range/asymmetric/of_one_sign";
    let mut draft = Draft::new(name);
    #[rustfmt::skip]
    let rows = [
        0.25_f32, 1.0, 0.75,
        1.0, 0.0, 1.0,
        -0.5, -1.0, -0.125,
        -0.75, 0.0, -0.75,
    ];
    let input = draft.chosen(&[4, 3], &rows, None);
    let weights = (Weights::DynamicRange, &[5, 3][..], 0);
    let weighed = weigh(&mut draft, DataType::Float32, input, weights, false, 3);
    let rounding = Rounding::Products { terms: 4 };
    draft.finish(
        dynamic_range(true),
        &weighed.inputs,
        DataType::Float32,
        None,
        rounding,
    )
}

/// Rows of floats whose scale is below the least normal number, as are their sums.
fn near_zero() -> Case {
    let name = "fully_connected/float32/5x3/5x3/flat/dynamic_range/near_zero";
    let mut draft = Draft::new(name).within(1.2e-36);
    let input = draft.input(DataType::Float32, &[5, 3]);
    let weights = draft.weights(DataType::Int8, &[5, 3], Quantization::per_tensor(1e-5, 0));
    let rounding = Rounding::Products { terms: 4 };
    draft.finish(
        dynamic_range(false),
        &[input, weights],
        DataType::Float32,
        None,
        rounding,
    )
}

impl UnderTest for FullyConnected {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::weighed::fully_connected);

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
