//! Sums of products with weights.

use demilite_core::Op;
use demilite_core::op::{
    Activation, BatchMatmul, Conv2d, DepthwiseConv2d, FullyConnected, Padding,
};

use crate::node::Closeness::Rounded;
use crate::node::{Input, VALUES, check};

const ACTIVATIONS: [Activation; 3] = [Activation::None, Activation::Relu, Activation::Relu6];

/// One row, or one pixel, for each value: the value and ordinary numbers.
fn rows(shape: &[usize]) -> Input {
    let depth = shape.last().copied().unwrap_or(1);
    let elements = (0..shape.iter().product()).map(|i: usize| match i % depth {
        1 => VALUES[i / depth % VALUES.len()],
        at => (at % 5) as f32 / 4.0 - 0.5,
    });
    Input::Fed(shape.to_vec(), elements.collect())
}

fn weights(shape: &[usize]) -> Input {
    let elements = (0..shape.iter().product()).map(|i: usize| (i % 7) as f32 / 8.0 - 0.3125);
    Input::Constant(shape.to_vec(), elements.collect())
}

#[test]
fn fully_connected_layers() {
    for activation in ACTIVATIONS {
        // A product of few rows has a kernel of its own.
        for count in [2, VALUES.len()] {
            let op = Op::FullyConnected(FullyConnected {
                activation,
                weights_format: 0,
                keep_num_dims: false,
                asymmetric_quantize_inputs: false,
                quantized_bias_type: 0,
            });
            let inputs = [rows(&[count, 5]), weights(&[6, 5]), weights(&[6])];
            check(
                &format!("{activation:?}"),
                &op,
                &inputs,
                &[count, 6],
                Rounded,
            );
        }
    }
}

#[test]
fn convolutions() {
    let width = VALUES.len();
    for activation in ACTIVATIONS {
        let op = Op::Conv2d(Conv2d {
            padding: Padding::Same,
            stride_h: 1,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: 1,
            activation,
            quantized_bias_type: 0,
        });
        let inputs = [
            rows(&[1, 2, width, 4]),
            weights(&[5, 1, 2, 4]),
            weights(&[5]),
        ];
        check(
            &format!("CONV_2D {activation:?}"),
            &op,
            &inputs,
            &[1, 2, width, 5],
            Rounded,
        );
        for channels in [3, 4] {
            let op = Op::DepthwiseConv2d(DepthwiseConv2d {
                padding: Padding::Same,
                stride_h: 1,
                stride_w: 1,
                dilation_h: 1,
                dilation_w: 1,
                depth_multiplier: 1,
                activation,
            });
            let shape = [1, 2, width, channels];
            let inputs = [
                rows(&shape),
                weights(&[1, 1, 2, channels]),
                weights(&[channels]),
            ];
            let name = format!("DEPTHWISE_CONV_2D {activation:?} of {channels}");
            check(&name, &op, &inputs, &shape, Rounded);
        }
    }
}

#[test]
fn products_of_matrices() {
    let op = Op::BatchMatmul(BatchMatmul {
        adj_x: false,
        adj_y: false,
        asymmetric_quantize_inputs: false,
    });
    let count = VALUES.len();
    let inputs = [rows(&[2, count, 5]), rows(&[2, 5, 3])];
    check("BATCH_MATMUL", &op, &inputs, &[2, count, 3], Rounded);
}
