//! CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED.

use demilite_core::op::{Activation, Conv2d, DepthwiseConv2d, FullyConnected, Padding};
use demilite_core::{DataType, Op, Quantization};

use crate::single_node::{Operand, Random, check};

/// Types of input, filter and bias.
const TYPES: [[DataType; 3]; 4] = [
    [DataType::Int8, DataType::Int8, DataType::Int32],
    [DataType::UInt8, DataType::UInt8, DataType::Int32],
    [DataType::Int16, DataType::Int8, DataType::Int64],
    [DataType::Int16, DataType::Int8, DataType::Int32],
];

const ACTIVATIONS: [Activation; 4] = [
    Activation::None,
    Activation::Relu,
    Activation::Relu6,
    Activation::ReluN1To1,
];

/// A filter: one scale for each channel along `dimension`, or one scale and zero point.
fn filter(
    dtype: DataType,
    shape: &[usize],
    dimension: usize,
    any_zero_point: bool,
    random: &mut Random,
) -> Operand {
    let mut filter = Operand::new(dtype, shape, random.scale(0.001, 0.1), 0).constant(random);
    if dtype == DataType::UInt8 || any_zero_point {
        let zero_point = random.zero_point(dtype);
        filter.quantization = Some(Quantization::per_tensor(
            random.scale(0.001, 0.1),
            zero_point,
        ));
    } else if random.below(3) > 0 {
        let scales: Vec<f32> = (0..shape[dimension])
            .map(|_| random.scale(1e-6, 0.5))
            .collect();
        filter.quantization = Some(Quantization::per_axis(scales, dimension));
    }
    filter
}

/// Input, output and bias of a layer, so that outputs neither all vanish nor all saturate; now and then, they do.
fn tensors(
    types: [DataType; 3],
    input: &[usize],
    outputs: usize,
    random: &mut Random,
) -> (Operand, Option<Operand>, Operand) {
    let scale = random.scale(0.001, 0.5);
    let zero_point = random.zero_point(types[0]);
    let input = Operand::new(types[0], input, scale, zero_point);
    let bias =
        (random.below(4) > 0).then(|| Operand::new(types[2], &[outputs], 1.0, 0).constant(random));
    let spread = random.choose(&[0.01, 1.0, 1.0, 30.0]);
    let zero_point = random.zero_point(types[0]);
    let output = Operand::new(types[0], &[1], scale * spread, zero_point);
    (input, bias, output)
}

/// The code of the bias type that the converter writes.
fn bias_type(types: [DataType; 3]) -> i8 {
    if types[2] == DataType::Int32 {
        DataType::Int32 as i8
    } else {
        0
    }
}

fn conv(random: &mut Random, types: [DataType; 3], image: [usize; 4], filter_shape: [usize; 4]) {
    let (input, bias, output) = tensors(types, &image, filter_shape[0], random);
    let weights = filter(types[1], &filter_shape, 0, false, random);
    let op = Conv2d {
        padding: random.choose(&[Padding::Same, Padding::Valid]),
        stride_h: 1 + random.below(3),
        stride_w: 1 + random.below(3),
        dilation_h: 1 + random.below(2),
        dilation_w: 1 + random.below(2),
        activation: random.choose(&ACTIVATIONS),
        quantized_bias_type: bias_type(types),
    };
    let name = format!("{op:?} of {image:?} by {filter_shape:?}, {types:?}");
    let inputs = [Some(input), Some(weights), bias];
    check(&name, Op::Conv2d(op), &inputs, &output, random);
}

#[test]
fn convolutions_of_every_channel_remainder() {
    for types in TYPES {
        let mut random = Random::new(1);
        for channels in [1, 3, 4, 7, 8, 13] {
            for outputs in [1, 2, 5, 8, 11, 12] {
                let batch = 1 + random.below(2);
                let image = [batch, 7, 11, channels];
                conv(&mut random, types, image, [outputs, 3, 2, channels]);
            }
        }
    }
}

#[test]
fn convolutions_of_single_pixels_and_large_kernels() {
    for types in TYPES {
        let mut random = Random::new(2);
        conv(&mut random, types, [1, 1, 1, 1], [1, 1, 1, 1]);
        conv(&mut random, types, [2, 3, 1, 5], [3, 1, 1, 5]);
        conv(&mut random, types, [1, 17, 17, 3], [6, 5, 5, 3]);
        conv(&mut random, types, [1, 5, 5, 130], [67, 1, 1, 130]);
        conv(&mut random, types, [3, 5, 7, 8], [16, 3, 3, 4]);
        conv(&mut random, types, [1, 5, 7, 6], [16, 3, 3, 3]);
    }
}

/// Sums of up to 32 bits, most of them a bias, times factors that bring them within the output or just beyond it, either way shifted.
#[test]
fn large_sums_are_rescaled_like_small_ones() {
    const OUTPUTS: usize = 256;
    let mut random = Random::new(6);
    for round in 0..24 {
        let types = TYPES[[0, 1, 3][round % 3]];
        let reach = if types[0] == DataType::Int16 {
            4e4
        } else {
            200.0
        };
        let biases: [i32; OUTPUTS] = std::array::from_fn(|_| {
            let any = random.bits().cast_signed() >> random.below(32);
            random.choose(&[any, any, any, any, i32::MIN, i32::MAX, 0])
        });
        let scales =
            biases.map(|bias| reach / (bias as f32).abs().max(1.0) * random.scale(0.01, 2.0));
        let image = Operand::new(types[0], &[1, 3, 5, 2], 1.0, random.zero_point(types[0]));
        let mut weights = Operand::plain(types[1], &[OUTPUTS, 1, 1, 2]).constant(&mut random);
        weights.quantization = Some(match types[1] {
            DataType::UInt8 => Quantization::per_tensor(scales[0], 128),
            _ => Quantization::per_axis(scales.to_vec(), 0),
        });
        let bias = Operand {
            constant: Some(biases.iter().flat_map(|bias| bias.to_le_bytes()).collect()),
            ..Operand::new(DataType::Int32, &[OUTPUTS], 1.0, 0)
        };
        let output = Operand::new(types[0], &[1], 1.0, random.zero_point(types[0]));
        let op = Conv2d {
            padding: Padding::Valid,
            stride_h: 1,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: 1,
            activation: Activation::None,
            quantized_bias_type: bias_type(types),
        };
        let inputs = [Some(image), Some(weights), Some(bias)];
        let name = format!("sums of 32 bits, {types:?}");
        check(&name, Op::Conv2d(op), &inputs, &output, &mut random);
    }
}

fn depthwise(random: &mut Random, types: [DataType; 3], image: [usize; 4], multiplier: usize) {
    let outputs = image[3] * multiplier;
    let (input, bias, output) = tensors(types, &image, outputs, random);
    let shape = [1, 1 + random.below(4), 1 + random.below(4), outputs];
    let weights = filter(types[1], &shape, 3, false, random);
    let op = DepthwiseConv2d {
        padding: random.choose(&[Padding::Same, Padding::Valid]),
        stride_h: 1 + random.below(2),
        stride_w: 1 + random.below(2),
        dilation_h: 1 + random.below(2),
        dilation_w: 1 + random.below(2),
        depth_multiplier: multiplier as i32,
        activation: random.choose(&ACTIVATIONS),
    };
    let name = format!("{op:?} of {image:?} by {shape:?}, {types:?}");
    let wide = types[2] == DataType::Int64;
    // An absent bias stands for 64-bit sums of 16-bit integers.
    let bias = match (types[0], bias, wide) {
        (DataType::Int16, None, false) => {
            Some(Operand::new(types[2], &[outputs], 1.0, 0).constant(random))
        }
        (_, bias, _) => bias,
    };
    let inputs = [Some(input), Some(weights), bias];
    check(&name, Op::DepthwiseConv2d(op), &inputs, &output, random);
}

#[test]
fn depthwise_convolutions_of_every_channel_remainder() {
    for types in TYPES {
        let mut random = Random::new(3);
        for channels in [1, 3, 4, 8, 13] {
            for multiplier in [1, 2, 3] {
                let batch = 1 + random.below(2);
                depthwise(&mut random, types, [batch, 11, 7, channels], multiplier);
            }
        }
    }
}

fn fully_connected(random: &mut Random, types: [DataType; 3], input: &[usize], outputs: usize) {
    let depth = input[input.len() - 1];
    let (input, bias, output) = tensors(types, input, outputs, random);
    let any_zero_point = random.below(3) == 0 && types[0] != DataType::Int16;
    let weights = filter(types[1], &[outputs, depth], 0, any_zero_point, random);
    let op = FullyConnected {
        activation: random.choose(&ACTIVATIONS),
        weights_format: 0,
        keep_num_dims: random.below(2) == 0,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: bias_type(types),
    };
    let name = format!("{op:?} of {:?} to {outputs}, {types:?}", input.shape);
    let inputs = [Some(input), Some(weights), bias];
    check(&name, Op::FullyConnected(op), &inputs, &output, random);
}

#[test]
fn fully_connected_layers_of_every_size() {
    for types in TYPES {
        let mut random = Random::new(4);
        for depth in [1, 3, 4, 17, 64, 129] {
            for outputs in [1, 3, 8, 13] {
                fully_connected(&mut random, types, &[1, depth], outputs);
                fully_connected(&mut random, types, &[5, depth], outputs);
            }
        }
        fully_connected(&mut random, types, &[2, 3, 31], 37);
        fully_connected(&mut random, types, &[1, 2048], 5);
    }
}

/// Factors whose products with a sum are ties of integers, exactly or once they are doubles.
#[test]
fn fully_connected_rounds_as_doubles_do() {
    let mut random = Random::new(5);
    for step in 0..40_u16 {
        let odd = f32::from(2 * step + 3);
        let [input_scale, filter_scale, output_scale] = match step % 4 {
            // The factor 1/(2n) makes the sums of n times an odd number ties, some only when the product is rounded.
            0 | 1 => [1.0, 1.0, 2.0 * odd],
            2 => [0.5, 1.0 / odd, 0.25],
            _ => [
                random.scale(1e-3, 1.0),
                random.scale(1e-3, 1.0),
                random.scale(1e-3, 1.0),
            ],
        };
        let input = Operand::new(DataType::Int16, &[61, 3], input_scale, 0);
        let mut weights =
            Operand::new(DataType::Int8, &[5, 3], filter_scale, 0).constant(&mut random);
        weights.constant.as_mut().unwrap()[..4].copy_from_slice(&[1, 0, 0, 255]);
        let output = Operand::new(DataType::Int16, &[1], output_scale, 0);
        let op = FullyConnected {
            activation: Activation::None,
            weights_format: 0,
            keep_num_dims: false,
            asymmetric_quantize_inputs: false,
            quantized_bias_type: 0,
        };
        let inputs = [Some(input), Some(weights), None];
        let name = format!("{input_scale} {filter_scale} {output_scale}");
        check(&name, Op::FullyConnected(op), &inputs, &output, &mut random);
    }
}
