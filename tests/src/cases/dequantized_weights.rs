//! Layers of floats whose weights are integers behind DEQUANTIZE.

use demilite_core::op::{Activation, Conv2d, DepthwiseConv2d, FullyConnected, Padding};
use demilite_core::{DataType, Op, Quantization};

use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;

use DataType::{Float32, Int8, UInt8};

/// A layer with its input, its weights, and the dimension of its output channels.
type Row = (
    &'static str,
    fn() -> Op,
    &'static [usize],
    &'static [usize],
    usize,
);

const ROWS: [Row; 3] = [
    ("conv_2d", conv_2d, &[1, 7, 5, 3], &[5, 3, 3, 3], 0),
    (
        "depthwise_conv_2d",
        depthwise,
        &[1, 7, 5, 8],
        &[1, 3, 3, 8],
        3,
    ),
    ("fully_connected", fully_connected, &[3, 17], &[5, 17], 0),
];

fn conv_2d() -> Op {
    Op::Conv2d(Conv2d {
        padding: Padding::Same,
        stride_h: 1,
        stride_w: 2,
        dilation_h: 1,
        dilation_w: 1,
        activation: Activation::Relu,
        quantized_bias_type: 0,
    })
}

fn depthwise() -> Op {
    Op::DepthwiseConv2d(DepthwiseConv2d {
        padding: Padding::Same,
        stride_h: 2,
        stride_w: 1,
        dilation_h: 1,
        dilation_w: 1,
        depth_multiplier: 1,
        activation: Activation::None,
    })
}

fn fully_connected() -> Op {
    Op::FullyConnected(FullyConnected {
        activation: Activation::None,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    })
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (stem, op, input, filter, dimension) in ROWS {
        for (dtype, is_per_axis) in [(Int8, true), (Int8, false), (UInt8, false)] {
            let scales = if is_per_axis {
                "per_channel"
            } else {
                "one_scale"
            };
            let shapes = format!("{}/{}", extents(input), extents(filter));
            let name = format!("{stem}/float32/dequantized_weights/{dtype}/{shapes}/{scales}");
            let mut draft = Draft::new(name);
            let channels = filter[dimension];
            let quantization = match is_per_axis {
                true => {
                    let scales: Vec<f32> =
                        (0..channels).map(|_| draft.scale(0.005, 0.02)).collect();
                    Quantization::per_axis(scales, dimension)
                }
                false => Quantization::per_tensor(0.01, 3),
            };
            let input = draft.input(Float32, input);
            let weights = draft.dequantized(dtype, filter, quantization);
            let bias = draft.constant(Float32, &[channels], None);
            let terms = filter.iter().product::<usize>() / channels;
            let rounding = Rounding::Products { terms: terms + 1 };
            cases.push(draft.finish(op(), &[input, weights, bias], Float32, None, rounding));
        }
    }
    cases
}
