//! FULLY_CONNECTED.

use demilite_core::Op;
use demilite_core::op::{Activation, FullyConnected};

use crate::single_op::{Array, Input, check, clamp};

fn check_product(
    shape: &[usize],
    outputs: usize,
    keep_num_dims: bool,
    activation: Activation,
    half: bool,
) {
    let depth = shape[shape.len() - 1];
    let x = Array::random(shape, 7);
    let weights = Array::random(&[outputs, depth], 8);
    let bias = Array::random(&[outputs], 9);
    let rows = x.data.len() / depth;
    let output = if keep_num_dims {
        [&shape[..shape.len() - 1], &[outputs]].concat()
    } else {
        vec![rows, outputs]
    };
    let expected = Array::new(&output, |i| {
        let (row, o) = (i / outputs, i % outputs);
        let products = (0..depth).map(|k| x.data[row * depth + k] * weights.data[o * depth + k]);
        clamp(bias.data[o] + products.sum::<f64>(), activation)
    });
    let op = Op::FullyConnected(FullyConnected {
        activation,
        weights_format: 0,
        keep_num_dims,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    });
    let constant = if half { Input::Half } else { Input::Constant };
    let name = format!("fully connected {shape:?} to {outputs}");
    check(
        &name,
        &op,
        &[Input::Fed(x), constant(weights), constant(bias)],
        &expected,
    );
}

#[test]
fn rows_and_columns_of_every_remainder() {
    for rows in [1, 2, 3, 4, 9] {
        for (depth, outputs) in [(1, 1), (5, 3), (8, 4), (67, 33), (128, 40)] {
            check_product(
                &[rows, depth],
                outputs,
                false,
                Activation::None,
                rows % 2 == 0,
            );
        }
    }
}

#[test]
fn more_rows_columns_and_steps_than_a_tile_has() {
    check_product(&[70, 101], 132, false, Activation::Relu, true);
    check_product(&[1030, 5], 520, false, Activation::None, true);
}

#[test]
fn outer_dimensions_are_kept_or_merged() {
    check_product(&[2, 3, 5], 7, true, Activation::Relu, false);
    check_product(&[2, 3, 5], 7, false, Activation::Relu6, true);
}

#[test]
fn a_depth_beyond_the_loop_limit_of_one_invocation() {
    check_product(&[1, 300_000], 2, false, Activation::None, true);
}
