//! Layers of floats whose weights are signed bytes: what quantizing the input leaves shows in full.

use demilite_core::op::{Activation, Conv2d, DepthwiseConv2d, FullyConnected, Padding};
use demilite_core::{DataType, Op, Quantization};

use crate::single_node::{Operand, Random, reference, run};

/// How far apart results may be, as a part of the largest: sums of whole numbers are exact, and are scaled by three products.
const TOLERANCE: f32 = 1e-6;

/// A float tensor to feed.
fn fed(shape: &[usize], random: &mut Random) -> (Operand, Vec<u8>) {
    let elements = shape.iter().product();
    let greatest = random.scale(1e-3, 1e3);
    let value = |random: &mut Random| (random.bits() as f32 / u32::MAX as f32 - 0.3) * greatest;
    let bytes = (0..elements)
        .flat_map(|_| value(random).to_le_bytes())
        .collect();
    (Operand::plain(DataType::Float32, shape), bytes)
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let words = bytes.chunks_exact(4);
    words
        .map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect()
}

/// Weights with one scale, or one for each channel along `dimension`.
fn filter(shape: &[usize], dimension: usize, per_channel: bool, random: &mut Random) -> Operand {
    let mut filter = Operand::new(DataType::Int8, shape, 0.01, 0).constant(random);
    if per_channel {
        let scales: Vec<f32> = (0..shape[dimension])
            .map(|_| random.scale(1e-3, 0.1))
            .collect();
        filter.quantization = Some(Quantization::per_axis(scales, dimension));
    }
    filter
}

fn hold(op: Op, shape: &[usize], filter: Operand, channels: usize, random: &mut Random) {
    for has_bias in [false, true] {
        let (input, bytes) = fed(shape, random);
        let bias = has_bias.then(|| Operand {
            constant: Some(
                (0..channels)
                    .flat_map(|c| (c as f32 - 2.5).to_le_bytes())
                    .collect(),
            ),
            ..Operand::plain(DataType::Float32, &[channels])
        });
        let inputs = [Some(input), Some(filter.clone()), bias];
        let output = Operand::plain(DataType::Float32, &[1]);
        let expected = floats(&reference(
            &op,
            &inputs,
            &output,
            std::slice::from_ref(&bytes),
        ));
        let largest = expected
            .iter()
            .fold(0.0_f32, |largest, value| largest.max(value.abs()));
        for actual in run(&op, &inputs, &output, std::slice::from_ref(&bytes)) {
            let actual = floats(&actual.unwrap());
            assert_eq!(actual.len(), expected.len());
            for (actual, expected) in actual.iter().zip(&expected) {
                let distance = (actual - expected).abs();
                assert!(
                    distance <= TOLERANCE * largest,
                    "{op:?} {shape:?}: {actual} {expected}"
                );
            }
        }
    }
}

#[test]
fn convolutions() {
    let mut random = Random::new(31);
    for per_channel in [false, true] {
        for (shape, weights) in [
            ([2, 5, 7, 3], [5, 3, 3, 3]),
            ([1, 4, 4, 8], [12, 1, 1, 8]),
            ([3, 3, 2, 5], [7, 2, 2, 5]),
        ] {
            let op = Op::Conv2d(Conv2d {
                padding: Padding::Same,
                stride_h: 2,
                stride_w: 1,
                dilation_h: 1,
                dilation_w: 1,
                activation: random.choose(&[Activation::None, Activation::Relu6]),
                quantized_bias_type: 0,
            });
            let filter = filter(&weights, 0, per_channel, &mut random);
            hold(op, &shape, filter, weights[0], &mut random);
        }
    }
}

#[test]
fn depthwise_convolutions() {
    let mut random = Random::new(32);
    for (shape, weights, depth_multiplier) in [
        ([2, 5, 7, 3], [1, 3, 3, 3], 1),
        ([2, 4, 5, 8], [1, 3, 2, 8], 1),
        ([1, 4, 4, 3], [1, 2, 2, 6], 2),
    ] {
        let op = Op::DepthwiseConv2d(DepthwiseConv2d {
            padding: Padding::Same,
            stride_h: 1,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: 1,
            depth_multiplier,
            activation: Activation::None,
        });
        let filter = filter(&weights, 3, true, &mut random);
        hold(op, &shape, filter, weights[3], &mut random);
    }
}

#[test]
fn fully_connected_layers() {
    let mut random = Random::new(33);
    for asymmetric_quantize_inputs in [false, true] {
        for (rows, depth, outputs) in [(1, 64, 10), (3, 7, 5), (9, 130, 12)] {
            let op = Op::FullyConnected(FullyConnected {
                activation: Activation::None,
                weights_format: 0,
                keep_num_dims: false,
                asymmetric_quantize_inputs,
                quantized_bias_type: 0,
            });
            let per_channel = random.below(2) == 0;
            let filter = filter(&[outputs, depth], 0, per_channel, &mut random);
            hold(op, &[rows, depth], filter, outputs, &mut random);
        }
    }
}

#[test]
fn rows_of_zeros_leave_the_bias() {
    let mut random = Random::new(34);
    let op = Op::FullyConnected(FullyConnected {
        activation: Activation::None,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: true,
        quantized_bias_type: 0,
    });
    let bias = Operand {
        constant: Some(
            [1.5_f32, -2.0]
                .iter()
                .flat_map(|v| v.to_le_bytes())
                .collect(),
        ),
        ..Operand::plain(DataType::Float32, &[2])
    };
    let input = Operand::plain(DataType::Float32, &[1, 5]);
    let filter = filter(&[2, 5], 0, false, &mut random);
    let output = Operand::plain(DataType::Float32, &[1]);
    let inputs = [Some(input), Some(filter), Some(bias)];
    for actual in run(&op, &inputs, &output, &[vec![0; 20]]) {
        assert_eq!(floats(&actual.unwrap()), [1.5, -2.0]);
    }
}
