//! PAD before a convolution.

use demilite_core::op::{Activation, DepthwiseConv2d, Pad, Padding};
use demilite_core::{DataType, Op, TensorId};

use crate::network::{FLOAT, Network, Numbers};

/// A padding of rows and columns, all different.
const AROUND: [[i32; 2]; 4] = [[0, 0], [1, 2], [3, 0], [0, 0]];

/// DEPTHWISE_CONV_2D of every second window with a random filter `[1, height, width, outputs]` and bias.
pub(crate) fn depthwise(
    network: &mut Network,
    input: TensorId,
    [height, width, outputs]: [usize; 3],
    numbers: &Numbers,
) -> TensorId {
    let (weights, bias) = match numbers.dtype {
        DataType::Float32 => (FLOAT, FLOAT),
        DataType::Int16 => (
            Numbers::quantized(DataType::Int8, 0.01, 0),
            Numbers::quantized(DataType::Int64, 0.01, 0),
        ),
        dtype => (
            Numbers::quantized(dtype, 0.01, 0),
            Numbers::quantized(DataType::Int32, 0.01, 0),
        ),
    };
    let weights = network.constant(&weights, &[1, height, width, outputs]);
    let bias = network.constant(&bias, &[outputs]);
    let op = Op::DepthwiseConv2d(DepthwiseConv2d {
        padding: Padding::Valid,
        stride_h: 2,
        stride_w: 2,
        dilation_h: 1,
        dilation_w: 1,
        depth_multiplier: 0,
        activation: Activation::Relu,
    });
    network.node(op, &[input, weights, bias], numbers)
}

/// Inputs, and what a convolution of them gives.
fn all_numbers() -> [(Numbers, Numbers); 4] {
    let of = |dtype, zero_point, output| {
        (
            Numbers::quantized(dtype, 0.1, zero_point),
            Numbers::quantized(dtype, 0.2, output),
        )
    };
    [
        (FLOAT, FLOAT),
        of(DataType::Int8, -7, 5),
        of(DataType::UInt8, 200, 90),
        of(DataType::Int16, 0, 0),
    ]
}

#[test]
fn conv_2d_takes_the_border() {
    for (input, output) in all_numbers() {
        for channels in [3, 4] {
            let mut network = Network::default();
            let x = network.fed(&input, &[2, 5, 6, channels]);
            let padded = network.pad(x, AROUND, &input);
            let y = network.conv_2d(padded, [5, 3, 2, channels], Activation::None, &output);
            network.output(y);
            let name = format!("{:?} {channels}", input.dtype);
            network.check(&name, &[(0, 1)]);
        }
    }
}

#[test]
fn depthwise_conv_2d_takes_the_border() {
    for (input, output) in &all_numbers()[..3] {
        for (channels, outputs) in [(4, 4), (3, 3), (2, 4)] {
            let mut network = Network::default();
            let x = network.fed(input, &[2, 6, 5, channels]);
            let padded = network.pad(x, AROUND, input);
            let y = depthwise(&mut network, padded, [3, 3, outputs], output);
            network.output(y);
            let name = format!("{:?} {channels} {outputs}", input.dtype);
            network.check(&name, &[(0, 1)]);
        }
    }
}

#[test]
fn several_readers_take_it_together_or_not_at_all() {
    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[1, 5, 5, 4]);
    let padded = network.pad(x, AROUND, &FLOAT);
    for outputs in [4, 7] {
        let y = network.conv_2d(padded, [outputs, 3, 3, 4], Activation::Relu, &FLOAT);
        network.output(y);
    }
    network.check("two convolutions", &[(0, 1), (0, 2)]);

    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[1, 5, 5, 4]);
    let padded = network.pad(x, AROUND, &FLOAT);
    let y = network.conv_2d(padded, [4, 3, 3, 4], Activation::Relu, &FLOAT);
    let one_tap = network.conv_2d(padded, [4, 1, 1, 4], Activation::Relu, &FLOAT);
    network.output(y);
    network.output(one_tap);
    network.check("one that cannot", &[]);
}

#[test]
fn what_is_read_outside_is_padded() {
    for keeps in [true, false] {
        let mut network = Network::default();
        let x = network.fed(&FLOAT, &[1, 5, 5, 4]);
        let padded = network.pad(x, AROUND, &FLOAT);
        let y = network.conv_2d(padded, [4, 3, 3, 4], Activation::Relu, &FLOAT);
        network.output(y);
        match keeps {
            true => network.keep(padded),
            false => network.output(padded),
        }
        network.check(if keeps { "kept" } else { "an output" }, &[]);
    }
}

#[test]
fn channels_and_batches_are_padded() {
    for paddings in [
        [[0, 0], [1, 1], [1, 1], [0, 1]],
        [[1, 0], [1, 1], [1, 1], [0, 0]],
    ] {
        let mut network = Network::default();
        let x = network.fed(&FLOAT, &[1, 5, 5, 4]);
        let padded = network.pad(x, paddings, &FLOAT);
        let channels = 4 + paddings[3][1] as usize;
        let y = network.conv_2d(padded, [4, 3, 3, channels], Activation::Relu, &FLOAT);
        network.output(y);
        network.check(&format!("{paddings:?}"), &[]);
    }
}

/// PADV2 with this value before a convolution; whether it is folded.
fn padded_with(value: &[u8], numbers: &Numbers, folds: bool) {
    let mut network = Network::default();
    let x = network.fed(numbers, &[1, 5, 5, 4]);
    let paddings = network.indices(&[4, 2], AROUND.as_flattened());
    let constant = network.constant_of(numbers, &[1], value);
    let op = Op::Pad(Pad { has_value: true });
    let padded = network.node(op, &[x, paddings, constant], numbers);
    let y = network.conv_2d(padded, [4, 3, 3, 4], Activation::None, numbers);
    network.output(y);
    let expected: &[(usize, usize)] = if folds { &[(0, 1)] } else { &[] };
    network.check(&format!("PADV2 {value:?}"), expected);
}

#[test]
fn only_zeros_fold() {
    padded_with(&0_f32.to_le_bytes(), &FLOAT, true);
    padded_with(&(-0.5_f32).to_le_bytes(), &FLOAT, false);
    let numbers = Numbers::quantized(DataType::Int8, 0.1, -7);
    padded_with(&[-7_i8 as u8], &numbers, true);
    padded_with(&[0], &numbers, false);
}
