//! Elementwise nodes after layers.

use demilite_core::op::fully_connected::FullyConnected;
use demilite_core::op::relu::ReluKind;
use demilite_core::op::{Activation, HardSwish, Logistic, Relu};
use demilite_core::{Op, TensorId};

use crate::network::{FLOAT, HALF, Network};
use crate::padding::depthwise;

fn relu6() -> Op {
    Op::Relu(Relu {
        kind: ReluKind::Relu6,
    })
}

#[test]
fn a_residual_is_added_by_the_convolution() {
    for channels in [8, 7] {
        for activation in [Activation::None, Activation::Relu6] {
            for is_left in [true, false] {
                let mut network = Network::default();
                let x = network.fed(&FLOAT, &[2, 5, 3, 4]);
                let residual = network.fed(&FLOAT, &[2, 3, 2, channels]);
                let y = network.conv_2d(x, [channels, 3, 2, 4], Activation::Relu, &FLOAT);
                let pair = if is_left {
                    [y, residual]
                } else {
                    [residual, y]
                };
                let sum = network.add(pair, activation);
                network.output(sum);
                network.check(&format!("{channels} {activation:?} {is_left}"), &[(0, 1)]);
            }
        }
    }
}

#[test]
fn the_residual_may_be_what_the_convolution_reads() {
    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[1, 4, 5, 8]);
    let before = network.node(relu6(), &[x], &FLOAT);
    let y = network.conv_2d(before, [8, 1, 1, 8], Activation::None, &FLOAT);
    let sum = network.add([before, y], Activation::Relu);
    network.output(sum);
    network.check("its own input", &[(1, 2)]);
}

#[test]
fn depthwise_convolutions_take_steps() {
    for (channels, outputs) in [(4, 4), (3, 3), (2, 4)] {
        let mut network = Network::default();
        let x = network.fed(&FLOAT, &[2, 7, 5, channels]);
        let residual = network.fed(&FLOAT, &[2, 3, 2, outputs]);
        let y = depthwise(&mut network, x, [3, 3, outputs], &FLOAT);
        let swish = network.node(Op::HardSwish(HardSwish), &[y], &FLOAT);
        let sum = network.add([swish, residual], Activation::None);
        network.output(sum);
        network.check(&format!("{channels} {outputs}"), &[(0, 2), (1, 2)]);
    }
}

/// FULLY_CONNECTED with these weights and a random bias.
fn fully_connected(
    network: &mut Network,
    input: TensorId,
    weights: TensorId,
    outputs: usize,
) -> TensorId {
    let bias = network.constant(&FLOAT, &[outputs]);
    let op = Op::FullyConnected(FullyConnected {
        activation: Activation::None,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    });
    network.node(op, &[input, weights, bias], &FLOAT)
}

#[test]
fn fully_connected_layers_take_steps() {
    for (rows, outputs) in [(1, 7), (2, 8), (3, 7), (9, 8), (9, 7)] {
        let mut network = Network::default();
        let x = network.fed(&FLOAT, &[rows, 12]);
        let residual = network.fed(&FLOAT, &[rows, outputs]);
        let weights = network.constant(&HALF, &[outputs, 12]);
        let y = fully_connected(&mut network, x, weights, outputs);
        let sum = network.add([y, residual], Activation::None);
        let logistic = network.node(Op::Logistic(Logistic), &[sum], &FLOAT);
        network.output(logistic);
        network.check(&format!("{rows} {outputs}"), &[(1, 3), (2, 3)]);
    }
}

#[test]
fn layers_with_computed_weights_take_steps() {
    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[5, 12]);
    let weights = network.fed(&FLOAT, &[7, 12]);
    let residual = network.fed(&FLOAT, &[5, 7]);
    let y = fully_connected(&mut network, x, weights, 7);
    let sum = network.add([y, residual], Activation::None);
    network.output(sum);
    network.check("computed weights", &[(0, 1)]);
}

#[test]
fn a_border_and_a_residual_go_together() {
    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[1, 5, 5, 4]);
    let padded = network.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], &FLOAT);
    let y = network.conv_2d(padded, [4, 3, 3, 4], Activation::None, &FLOAT);
    let sum = network.add([x, y], Activation::Relu);
    network.output(sum);
    network.check("padding and residual", &[(0, 2), (1, 2)]);
}

#[test]
fn the_later_of_two_convolutions_adds_the_other() {
    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[1, 5, 5, 4]);
    let first = network.conv_2d(x, [8, 1, 1, 4], Activation::None, &FLOAT);
    let second = network.conv_2d(x, [8, 1, 1, 4], Activation::None, &FLOAT);
    let sum = network.add([first, second], Activation::Relu);
    let relu = network.node(relu6(), &[sum], &FLOAT);
    network.output(relu);
    network.check("two convolutions", &[(1, 3), (2, 3)]);
}

#[test]
fn values_are_read_by_later_steps() {
    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[1, 5, 5, 4]);
    let y = network.conv_2d(x, [8, 1, 1, 4], Activation::None, &FLOAT);
    let logistic = network.node(Op::Logistic(Logistic), &[y], &FLOAT);
    let product = network.mul([y, logistic]);
    network.output(product);
    network.check("x * logistic(x)", &[(0, 2), (1, 2)]);
}

#[test]
fn operands_of_fewer_elements_repeat() {
    for channels in [8, 7] {
        let shapes: [&[usize]; 5] = [
            &[channels],
            &[1],
            &[2, 5, 5, 1],
            &[5, 1, 1],
            &[1, 5, 5, channels],
        ];
        for shape in shapes {
            let mut network = Network::default();
            let x = network.fed(&FLOAT, &[2, 5, 5, 4]);
            let operand = network.fed(&FLOAT, shape);
            let y = network.conv_2d(x, [channels, 1, 1, 4], Activation::None, &FLOAT);
            let sum = network.add([operand, y], Activation::None);
            network.output(sum);
            network.check(&format!("{channels} {shape:?}"), &[(0, 1)]);
        }
    }
}

#[test]
fn constants_are_operands() {
    for channels in [8, 7] {
        for shape in [&[channels][..], &[1], &[1, 5, 5, channels]] {
            for numbers in [&FLOAT, &HALF] {
                let mut network = Network::default();
                let x = network.fed(&FLOAT, &[2, 5, 5, 4]);
                let factor = network.constant(numbers, shape);
                let nodes = network.nodes();
                let y = network.conv_2d(x, [channels, 1, 1, 4], Activation::None, &FLOAT);
                let product = network.mul([y, factor]);
                network.output(product);
                let name = format!("{channels} {shape:?} {}", numbers.dtype);
                network.check(&name, &[(nodes, nodes + 1)]);
            }
        }
    }
}

#[test]
fn what_the_device_cannot_place_is_added_apart() {
    for shape in [&[2, 1, 1, 8], &[1, 5, 1, 8]] {
        let mut network = Network::default();
        let x = network.fed(&FLOAT, &[2, 5, 5, 4]);
        let operand = network.fed(&FLOAT, shape);
        let y = network.conv_2d(x, [8, 1, 1, 4], Activation::None, &FLOAT);
        let sum = network.add([y, operand], Activation::None);
        network.output(sum);
        network.check(&format!("{shape:?}"), &[]);
    }
    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[1, 1, 1, 4]);
    let large = network.fed(&FLOAT, &[1, 5, 5, 8]);
    let y = network.conv_2d(x, [8, 1, 1, 4], Activation::None, &FLOAT);
    let sum = network.add([y, large], Activation::None);
    network.output(sum);
    network.check("a convolution that repeats", &[]);
}

/// A convolution whose result is added to something, and what it gives.
fn residual(network: &mut Network) -> [TensorId; 2] {
    let x = network.fed(&FLOAT, &[1, 5, 5, 4]);
    let residual = network.fed(&FLOAT, &[1, 5, 5, 8]);
    let y = network.conv_2d(x, [8, 1, 1, 4], Activation::None, &FLOAT);
    let sum = network.add([y, residual], Activation::None);
    network.output(sum);
    [y, sum]
}

#[test]
fn what_others_read_is_written() {
    let mut network = Network::default();
    let [y, _] = residual(&mut network);
    network.keep(y);
    network.check("a kept tensor", &[]);

    let mut network = Network::default();
    let [y, _] = residual(&mut network);
    network.output(y);
    network.check("an output", &[]);

    let mut network = Network::default();
    let [y, _] = residual(&mut network);
    let other = network.conv_2d(y, [4, 2, 2, 8], Activation::None, &FLOAT);
    network.output(other);
    network.check("two readers", &[]);

    let mut network = Network::default();
    let [_, sum] = residual(&mut network);
    network.keep(sum);
    let relu = network.node(relu6(), &[sum], &FLOAT);
    network.output(relu);
    network.check("the sum is kept", &[(0, 1)]);
}
