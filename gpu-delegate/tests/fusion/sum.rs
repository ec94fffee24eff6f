//! ADD of quantized integers after layers.

use demilite_core::op::fully_connected::FullyConnected;
use demilite_core::op::{Activation, Add};
use demilite_core::{DataType, Op, TensorId};

use crate::network::{Network, Numbers};
use crate::padding::depthwise;

/// What layers read, what they give, what is added to that, and the sum.
#[derive(Clone, Debug)]
struct Scales {
    input: Numbers,
    product: Numbers,
    residual: Numbers,
    sum: Numbers,
    power_of_two: bool,
}

impl Scales {
    fn new(dtype: DataType, scales: [f32; 4], zero_points: [i32; 4], power_of_two: bool) -> Self {
        let [input, product, residual, sum] =
            [0, 1, 2, 3].map(|i| Numbers::quantized(dtype, scales[i], zero_points[i]));
        Scales {
            input,
            product,
            residual,
            sum,
            power_of_two,
        }
    }

    /// Of every type and arithmetic.
    fn all() -> [Self; 5] {
        let uneven = [0.1, 0.7, 0.15, 0.8];
        [
            Scales::new(DataType::Int8, uneven, [3, -20, 7, 11], false),
            Scales::new(DataType::UInt8, uneven, [100, 128, 7, 140], false),
            Scales::new(DataType::Int16, [0.01, 0.02, 0.3, 0.25], [0; 4], false),
            Scales::new(DataType::Int16, [0.01, 0.25, 0.0625, 0.25], [0; 4], true),
            Scales::new(DataType::Int16, [0.01, 0.125, 0.5, 0.5], [0; 4], true),
        ]
    }

    fn add(&self, activation: Activation) -> Op {
        Op::Add(Add {
            activation,
            pot_scale_int16: self.power_of_two,
        })
    }

    /// Adds to what a layer gives, as the first or the second operand, and holds the sum to the reference's bytes. The layer is node
    /// 0.
    fn check(
        &self,
        mut network: Network,
        product: TensorId,
        shape: &[usize],
        [first, rectified]: [bool; 2],
    ) {
        let residual = network.fed(&self.residual, shape);
        let pair = match first {
            true => [product, residual],
            false => [residual, product],
        };
        let activation = match rectified {
            true => Activation::Relu,
            false => Activation::None,
        };
        let sum = network.node(self.add(activation), &pair, &self.sum);
        network.output(sum);
        let name = format!("{shape:?} {first} {rectified} {self:?}");
        network.check(&name, &[(0, 1)]);
    }
}

#[test]
fn convolutions_add() {
    for scales in Scales::all() {
        for (outputs, choice) in [(8, [true, false]), (7, [false, true])] {
            let mut network = Network::default();
            let x = network.fed(&scales.input, &[2, 5, 3, 4]);
            let filter = [outputs, 3, 2, 4];
            let y = network.conv_2d(x, filter, Activation::Relu, &scales.product);
            scales.check(network, y, &[2, 3, 2, outputs], choice);
        }
    }
}

#[test]
fn depthwise_convolutions_add() {
    for scales in Scales::all() {
        for (channels, outputs, choice) in [(4, 4, [false, false]), (3, 6, [true, true])] {
            let mut network = Network::default();
            let x = network.fed(&scales.input, &[2, 7, 5, channels]);
            let y = depthwise(&mut network, x, [3, 3, outputs], &scales.product);
            scales.check(network, y, &[2, 3, 2, outputs], choice);
        }
    }
}

#[test]
fn fully_connected_layers_add() {
    for scales in Scales::all() {
        let is_wide = scales.input.dtype == DataType::Int16;
        for (rows, outputs) in [(1, 7), (3, 8)] {
            let mut network = Network::default();
            let x = network.fed(&scales.input, &[rows, 12]);
            let dtype = if is_wide {
                DataType::Int8
            } else {
                scales.input.dtype
            };
            let weights = network.constant(&Numbers::quantized(dtype, 0.01, 0), &[outputs, 12]);
            let dtype = if is_wide {
                DataType::Int64
            } else {
                DataType::Int32
            };
            let bias = network.constant(&Numbers::quantized(dtype, 0.001, 0), &[outputs]);
            let op = Op::FullyConnected(FullyConnected {
                activation: Activation::None,
                weights_format: 0,
                keep_num_dims: false,
                asymmetric_quantize_inputs: false,
                quantized_bias_type: 0,
            });
            let y = network.node(op, &[x, weights, bias], &scales.product);
            scales.check(network, y, &[rows, outputs], [true, true]);
        }
    }
}

#[test]
fn the_later_of_two_convolutions_adds_the_other() {
    let [scales, ..] = Scales::all();
    let mut network = Network::default();
    let x = network.fed(&scales.input, &[1, 5, 5, 4]);
    let first = network.conv_2d(x, [8, 1, 1, 4], Activation::None, &scales.residual);
    let second = network.conv_2d(x, [8, 1, 1, 4], Activation::None, &scales.product);
    let sum = network.node(scales.add(Activation::Relu), &[first, second], &scales.sum);
    network.output(sum);
    network.check("two convolutions", &[(1, 2)]);
}

/// A convolution, and the sum of what it gives and another tensor of this shape.
fn residual(network: &mut Network, shape: &[usize]) -> [TensorId; 2] {
    let [scales, ..] = Scales::all();
    let x = network.fed(&scales.input, &[1, 5, 5, 4]);
    let other = network.fed(&scales.residual, shape);
    let y = network.conv_2d(x, [8, 1, 1, 4], Activation::None, &scales.product);
    let sum = network.node(scales.add(Activation::None), &[y, other], &scales.sum);
    network.output(sum);
    [y, sum]
}

#[test]
fn what_repeats_or_is_read_by_others_is_added_apart() {
    for shape in [&[8][..], &[2, 5, 5, 8]] {
        let mut network = Network::default();
        residual(&mut network, shape);
        network.check(&format!("{shape:?}"), &[]);
    }

    let whole = [1, 5, 5, 8];
    let mut network = Network::default();
    let [y, _] = residual(&mut network, &whole);
    network.output(y);
    network.check("an output", &[]);

    let mut network = Network::default();
    let [y, _] = residual(&mut network, &whole);
    network.keep(y);
    network.check("a kept tensor", &[]);

    let [scales, ..] = Scales::all();
    let mut network = Network::default();
    let x = network.fed(&scales.input, &[1, 5, 5, 4]);
    let y = network.conv_2d(x, [8, 1, 1, 4], Activation::None, &scales.product);
    let sum = network.node(scales.add(Activation::None), &[y, y], &scales.sum);
    network.output(sum);
    network.check("twice the same", &[]);
}
