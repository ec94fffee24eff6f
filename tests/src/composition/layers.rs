//! Layers and what follows them place by place: operands as large as a layer's output, and constants along its channels. A delegate may
//! compute them where the layer writes, and has to find the places in the operands.

use demilite_core::op::{
    Activation, Add, Conv2d, DepthwiseConv2d, FullyConnected, Mul, Padding, Sub,
};
use demilite_core::{DataType, Op, Quantization};

use crate::case::{Case, Draft};
use crate::cases::convolution::{Weights, weigh};
use crate::float_bound::Rounding;

/// The types of activations that networks of layers are made of.
pub(super) const TYPES: [DataType; 4] = [
    DataType::Float32,
    DataType::Int8,
    DataType::UInt8,
    DataType::Int16,
];

/// The ends of operands.
pub(super) const OPERAND: f32 = 2.0;

/// The ends of a layer's weights.
pub(super) const WEIGHT: f32 = 0.25;

/// What a layer is, with its channels.
#[derive(Debug, Clone, Copy)]
enum Layer {
    /// CONV_2D with a square window of this size, on so many input channels.
    Conv2d(usize, usize),
    /// DEPTHWISE_CONV_2D of 3x3 pixels with this multiplier, over so many rows.
    DepthwiseConv2d(usize, usize),
    /// FULLY_CONNECTED of so many rows.
    FullyConnected(usize),
}

const LAYERS: &[(Layer, usize)] = &[
    (Layer::Conv2d(1, 8), 8),
    (Layer::Conv2d(1, 3), 5),
    (Layer::Conv2d(3, 4), 16),
    (Layer::Conv2d(3, 3), 7),
    (Layer::DepthwiseConv2d(1, 4), 8),
    (Layer::DepthwiseConv2d(1, 3), 12),
    (Layer::DepthwiseConv2d(1, 4), 7),
    (Layer::DepthwiseConv2d(2, 4), 6),
    (Layer::FullyConnected(1), 8),
    (Layer::FullyConnected(1), 7),
    (Layer::FullyConnected(5), 12),
    (Layer::FullyConnected(3), 9),
];

/// How many ops follow a layer.
const FOLLOWERS: [usize; 2] = [1, 3];

fn name(dtype: DataType, (layer, channels, followers): Network) -> String {
    let layer = match layer {
        Layer::Conv2d(size, inputs) => format!("conv_2d_{size}x{size}_of_{inputs}"),
        Layer::DepthwiseConv2d(multiplier, _) => format!("depthwise_conv_2d_times_{multiplier}"),
        Layer::FullyConnected(rows) => format!("fully_connected_{rows}_rows"),
    };
    let scales = match sums_powers_of_two(dtype, followers) {
        true => "/powers_of_two",
        false => "",
    };
    format!("composition/{dtype}/{layer}/{channels}_channels/{followers}_behind{scales}")
}

/// Whether the scales of what is summed are powers of two, as old files of 16-bit integers have them.
fn sums_powers_of_two(dtype: DataType, followers: usize) -> bool {
    dtype == DataType::Int16 && followers == 1
}

/// A layer, its channels, and how many ops follow it.
type Network = (Layer, usize, usize);

fn all(dtype: DataType) -> impl Iterator<Item = Network> {
    let is_theirs = TYPES.contains(&dtype);
    let layers = LAYERS.iter().filter(move |_| is_theirs);
    // The kernels are those of int8: one form of each layer is enough.
    let followers: &[usize] = match dtype {
        DataType::UInt8 => &[3],
        DataType::Int16 => &[1],
        _ => &FOLLOWERS,
    };
    layers.flat_map(|&(layer, channels)| {
        followers
            .iter()
            .map(move |&followers| (layer, channels, followers))
    })
}

/// The names of the networks of a type.
pub(super) fn names(dtype: DataType) -> impl Iterator<Item = String> {
    all(dtype).map(move |of| name(dtype, of))
}

/// The networks of a type.
pub(super) fn networks(dtype: DataType) -> Vec<Case> {
    all(dtype).map(|of| network(dtype, of)).collect()
}

/// A layer and the sum with a tensor of its size; of three that follow, also the product with a constant along the channels, and the
/// difference of a constant of its size and that.
fn network(dtype: DataType, of: Network) -> Case {
    let (layer, channels, followers) = of;
    let mut draft = Draft::new(name(dtype, of)).within(OPERAND);
    let (input_shape, output_shape, filter, dimension, terms) = match layer {
        Layer::Conv2d(size, inputs) => (
            vec![1, 4, 5, inputs],
            vec![1, 4, 5, channels],
            vec![channels, size, size, inputs],
            0,
            size * size * inputs,
        ),
        Layer::DepthwiseConv2d(multiplier, rows) => (
            vec![1, rows, 5, channels / multiplier],
            vec![1, rows, 5, channels],
            vec![1, 3, 3, channels],
            3,
            9,
        ),
        Layer::FullyConnected(rows) => (
            vec![rows, 11],
            vec![rows, channels],
            vec![channels, 11],
            0,
            11,
        ),
    };
    let input = draft.input(dtype, &input_shape);
    let weights = match dtype {
        DataType::Int8 | DataType::Int16 => Weights::PerChannel,
        _ => Weights::PerTensor,
    };
    draft.limit(WEIGHT);
    let filter = (weights, &filter[..], dimension);
    let mut weighed = weigh(&mut draft, dtype, input, filter, true, terms);
    draft.limit(OPERAND);
    let pot_scale_int16 = sums_powers_of_two(dtype, followers);
    let mut summed = [draft.quantization(dtype), draft.quantization(dtype)];
    if let (true, Some(output)) = (pot_scale_int16, &mut weighed.output) {
        let exponent = output.scale[0].log2().round() as i32;
        // The layer's values are shifted, or those of the other tensor.
        let other = exponent + if channels % 2 == 0 { 3 } else { -2 };
        let scaled = |exponent| Quantization::per_tensor(2_f32.powi(exponent), 0);
        *output = scaled(exponent);
        summed = [other, other.max(exponent)].map(|exponent| Some(scaled(exponent)));
    }
    let layer = draft.step(op(layer), &weighed.inputs, dtype, weighed.output);

    let activation = Activation::None;
    let [other, quantization] = summed;
    let other = draft.input_with(dtype, &output_shape, other);
    let add = Op::Add(Add {
        activation,
        pot_scale_int16,
    });
    let rounding = Rounding::Network {
        terms: terms + 2 + followers,
        ops: 1 + followers,
    };
    let sum = draft.step(add, &[layer, other], dtype, quantization);
    if followers == 1 {
        return draft.finish_network(vec![sum], rounding);
    }
    let quantization = draft.quantization(dtype);
    let factors = draft.constant(dtype, &[channels], quantization);
    let quantization = draft.quantization(dtype);
    let mul = Op::Mul(Mul { activation });
    let product = draft.step(mul, &[sum, factors], dtype, quantization);
    let quantization = draft.quantization(dtype);
    let minuends = draft.constant(dtype, &output_shape, quantization);
    let quantization = draft.quantization(dtype);
    let sub = Op::Sub(Sub {
        activation,
        pot_scale_int16: false,
    });
    let difference = draft.step(sub, &[minuends, product], dtype, quantization);
    draft.finish_network(vec![difference], rounding)
}

fn op(layer: Layer) -> Op {
    let (padding, activation) = (Padding::Same, Activation::None);
    match layer {
        Layer::Conv2d(..) => Op::Conv2d(Conv2d {
            padding,
            stride_h: 1,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: 1,
            activation,
            quantized_bias_type: 0,
        }),
        Layer::DepthwiseConv2d(multiplier, _) => Op::DepthwiseConv2d(DepthwiseConv2d {
            padding,
            stride_h: 1,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: 1,
            depth_multiplier: multiplier as i32,
            activation,
        }),
        Layer::FullyConnected(_) => Op::FullyConnected(FullyConnected {
            activation,
            weights_format: 0,
            keep_num_dims: false,
            asymmetric_quantize_inputs: false,
            quantized_bias_type: 0,
        }),
    }
}
