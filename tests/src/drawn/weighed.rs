//! Ops that weigh their input: convolutions and matrix products.

use demilite_core::op::conv_3d::Conv3dKind;
use demilite_core::op::{Activation, Conv2d, DepthwiseConv2d, FullyConnected, Padding};
use demilite_core::{DataType, Op};

use super::draw::Draw;
use crate::case::Case;
use crate::cases::ACTIVATIONS;
use crate::cases::batch_matmul::{Matrices, TYPES, max_batch_dimensions};
use crate::cases::conv_3d::Sliding;
use crate::cases::convolution::{Weights, weigh};
use crate::cases::transpose_conv::Spread;
use crate::float_bound::Rounding;

const CHANNELS: [usize; 9] = [1, 2, 3, 4, 5, 7, 8, 13, 17];

/// A window with its strides, dilations and padding, and an image that it fits into.
pub(super) struct Geometry {
    pub(super) image: [usize; 4],
    pub(super) window: [usize; 2],
    pub(super) strides: [usize; 2],
    pub(super) dilations: [usize; 2],
    pub(super) padding: Padding,
}

impl Geometry {
    pub(super) fn draw(draw: &mut Draw) -> Self {
        let padding = draw.one(&[Padding::Same, Padding::Valid]);
        let strides = [draw.integer(1, 3), draw.integer(1, 3)];
        let dilations = match strides {
            [1, 1] if draw.one_in(3) => [draw.integer(1, 3), draw.integer(1, 3)],
            _ => [1, 1],
        };
        let window = [draw.one(&[1, 1, 2, 3, 3, 5]), draw.one(&[1, 1, 2, 3, 3, 5])];
        let mut extent = |axis: usize| {
            let covered = (window[axis] - 1) * dilations[axis] + 1;
            let least = if padding == Padding::Valid {
                covered
            } else {
                1
            };
            least + draw.integer(0, 8)
        };
        let (height, width) = (extent(0), extent(1));
        let image = [draw.integer(1, 2), height, width, draw.one(&CHANNELS)];
        Geometry {
            image,
            window,
            strides,
            dilations,
            padding,
        }
    }
}

fn activation(draw: &mut Draw) -> Activation {
    draw.one(&[
        Activation::None,
        Activation::None,
        Activation::Relu,
        Activation::Relu6,
        Activation::ReluN1To1,
    ])
}

/// A type of activations and weights that go with it.
fn precision(draw: &mut Draw, kinds: fn(DataType) -> &'static [Weights]) -> (DataType, Weights) {
    let dtype = draw.one(&ACTIVATIONS);
    (dtype, draw.one(kinds(dtype)))
}

pub(crate) fn conv_2d(draw: &mut Draw) -> Case {
    let (dtype, weights) = precision(draw, Weights::of_convolutions);
    let Geometry {
        mut image,
        window,
        strides,
        dilations,
        padding,
    } = Geometry::draw(draw);
    let mut channels = draw.one(&CHANNELS);
    let groups = match (dtype, weights) {
        (DataType::Float32, Weights::PerTensor) | (DataType::Int8, Weights::PerChannel)
            if draw.one_in(4) =>
        {
            draw.integer(2, 3)
        }
        _ => 1,
    };
    let filter = [channels * groups, window[0], window[1], image[3]];
    image[3] *= groups;
    channels *= groups;
    debug_assert_eq!(filter[0], channels);
    let words = weights.name();
    let mut draft = draw.draft("conv_2d", dtype, words);
    let input = draft.input(dtype, &image);
    let terms = filter[1] * filter[2] * filter[3];
    let filter = (weights, &filter[..], 0);
    let weighed = weigh(&mut draft, dtype, input, filter, true, terms);
    let op = Op::Conv2d(Conv2d {
        padding,
        stride_h: strides[0],
        stride_w: strides[1],
        dilation_h: dilations[0],
        dilation_w: dilations[1],
        activation: activation(draw),
        quantized_bias_type: 0,
    });
    let rounding = Rounding::Products { terms: terms + 1 };
    draft.finish(op, &weighed.inputs, dtype, weighed.output, rounding)
}

pub(crate) fn depthwise_conv_2d(draw: &mut Draw) -> Case {
    let (dtype, weights) = precision(draw, Weights::of_depthwise);
    let geometry = Geometry::draw(draw);
    let multiplier = draw.one(&[1, 1, 1, 2, 3]);
    let [rows, columns] = geometry.window;
    let filter = [1, rows, columns, geometry.image[3] * multiplier];
    let mut draft = draw.draft("depthwise_conv_2d", dtype, weights.name());
    let input = draft.input(dtype, &geometry.image);
    let terms = rows * columns;
    let has_bias = !draw.one_in(4);
    let filter = (weights, &filter[..], 3);
    let weighed = weigh(&mut draft, dtype, input, filter, has_bias, terms);
    let op = Op::DepthwiseConv2d(DepthwiseConv2d {
        padding: geometry.padding,
        stride_h: geometry.strides[0],
        stride_w: geometry.strides[1],
        dilation_h: geometry.dilations[0],
        dilation_w: geometry.dilations[1],
        depth_multiplier: multiplier as i32,
        activation: activation(draw),
    });
    let rounding = Rounding::Products { terms: terms + 1 };
    draft.finish(op, &weighed.inputs, dtype, weighed.output, rounding)
}

pub(crate) fn fully_connected(draw: &mut Draw) -> Case {
    let (dtype, weights) = precision(draw, Weights::of_matrices);
    let shape = draw.shape(2, 4);
    let terms = shape[shape.len() - 1];
    let filter = [draw.one(&CHANNELS), terms];
    let mut draft = draw.draft("fully_connected", dtype, weights.name());
    let input = draft.input(dtype, &shape);
    let has_bias = !draw.one_in(4);
    let filter = (weights, &filter[..], 0);
    let weighed = weigh(&mut draft, dtype, input, filter, has_bias, terms);
    let op = Op::FullyConnected(FullyConnected {
        activation: activation(draw),
        weights_format: 0,
        keep_num_dims: draw.one_in(2),
        asymmetric_quantize_inputs: weights == Weights::DynamicRange && draw.one_in(2),
        quantized_bias_type: 0,
    });
    let rounding = Rounding::Products { terms: terms + 1 };
    draft.finish(op, &weighed.inputs, dtype, weighed.output, rounding)
}

pub(crate) fn transpose_conv(draw: &mut Draw) -> Case {
    let precision = precision(draw, Weights::of_transposed);
    let geometry = Geometry::draw(draw);
    let [batches, height, width, channels] = geometry.image;
    let spread = Spread {
        output: [batches, height, width, draw.one(&CHANNELS)],
        window: geometry.window.map(|size| size.min(height).min(width)),
        channels,
        strides: geometry.strides,
        padding: geometry.padding,
    };
    let has_bias = draw.one_in(2);
    let activation = activation(draw);
    let (dtype, weights) = precision;
    let draft = draw.draft("transpose_conv", dtype, weights.name());
    spread.finish(draft, precision, has_bias, activation)
}

pub(crate) fn batch_matmul(draw: &mut Draw) -> Case {
    let types = draw.one(TYPES);
    let [left, right] = draw.broadcast(max_batch_dimensions(types));
    let matrices = Matrices {
        batches: [&left, &right],
        rows: draw.one(&CHANNELS),
        depth: draw.one(&CHANNELS),
        columns: draw.one(&CHANNELS),
        adjoint: [draw.one_in(2), draw.one_in(2)],
    };
    let [first, second, output] = types;
    let draft = draw.draft("batch_matmul", first, &format!("{second}/{output}"));
    matrices.finish(draft, types)
}

pub(crate) fn conv_3d(draw: &mut Draw) -> Case {
    let kind = draw.one(Conv3dKind::ALL);
    let taps = [0; 3].map(|_| draw.integer(1, 3));
    let dilations = [0; 3].map(|_| draw.integer(1, 2));
    let reach = |axis: usize| (taps[axis] - 1) * dilations[axis] + 1;
    let sliding = Sliding {
        large: [0, 1, 2].map(|axis| reach(axis) + draw.integer(0, 4)),
        taps,
        channels: [draw.integer(1, 5), draw.integer(1, 5)],
        strides: [0; 3].map(|_| draw.integer(1, 2)),
        dilations,
        padding: draw.one(&[Padding::Same, Padding::Valid]),
    };
    let has_bias = draw.one_in(2);
    let activation = activation(draw);
    let draft = draw.draft("conv_3d", DataType::Float32, "");
    sliding.finish(draft, kind, has_bias, activation)
}
