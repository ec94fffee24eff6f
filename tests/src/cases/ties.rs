//! Layers whose sums lie where one integer ends and the next begins. Weights are zero, so that the bias is the sum.

use demilite_core::op::{Activation, Conv2d, FullyConnected, Padding};
use demilite_core::{DataType, Element, Op, Quantization, TensorId};

use crate::case::{Case, Draft};
use crate::float_bound::Rounding;

/// The scale of outputs. Quotients by it take all the bits of a factor.
const OUTPUT_SCALE: f32 = 3.0;

/// Three times the factor of a channel, and its sum.
type Channel<T> = (f32, T);

/// 2 to the power of -`exponent`.
const fn below(exponent: u32) -> f32 {
    1.0 / (1_u64 << exponent) as f32
}

/// In fixed point: ties of either sign, which go up in the first rounding and away from zero in the second; a product that ends one
/// step past a tie; and a sum whose bits are those of the multiplier, all turned.
const FIXED_POINT: [Channel<i32>; 7] = [
    (1.5, 7),
    (1.5, -7),
    (2.5, -3),
    (1.5 * below(3), 8),
    (1.5 * below(3), -8),
    (1.5 * below(3), -24),
    (2.25 * below(24), !0x6000_0000),
];

/// In fixed point with 64 bits: a multiplier whose upper half is rounded up, and shifts by less and by more than a word.
const WIDE_FIXED_POINT: [Channel<i64>; 5] = [
    (1.5 + 1.5 * below(15), 60_000),
    (1.5 + 1.5 * below(15), -60_000),
    (2.0, 12_345),
    (2.0 * below(19), 9_000_000_000),
    (2.0 * below(19), -9_000_000_000),
];

/// In double precision: products that are a tie once they are rounded to 53 bits, of two words and of three, others that are none, and
/// nothing times a factor beyond all integers.
const REAL: [Channel<i32>; 7] = [
    (0.5, 3),
    (0.5, -9),
    (0.5 * below(3), 3_096),
    (0.5 * below(3), -3_144),
    (6.5, 27),
    (6.5, -51),
    (3.0 * (1 << 22) as f32, 0),
];

/// The same with sums of 64 bits.
const WIDE_REAL: [Channel<i64>; 9] = [
    (0.5, 3),
    (0.5, -9),
    (0.5 * below(3), 3_096),
    (6.5, 27),
    (36.5, 549),
    (50.5 * below(17), 29_491_200),
    (0.5 * below(23), 4_303_355_904),
    (5.5 * below(25), -14_394_851_328),
    (3.0 * (1 << 22) as f32, 0),
];

pub(super) fn cases() -> Vec<Case> {
    vec![
        convolution(DataType::Int8, &FIXED_POINT),
        convolution(DataType::Int16, &WIDE_FIXED_POINT),
        matrix(DataType::Int8, &REAL),
        matrix(DataType::Int16, &WIDE_REAL),
    ]
}

fn convolution<T: Element>(dtype: DataType, channels: &[Channel<T>]) -> Case {
    let count = channels.len();
    let name = format!("conv_2d/{dtype}/1x2x1x3/{count}x1x1x3/ties");
    let mut draft = Draft::new(name);
    let inputs = layer(
        &mut draft,
        (dtype, &[1, 2, 1, 3]),
        &[count, 1, 1, 3],
        channels,
    );
    let op = Op::Conv2d(Conv2d {
        padding: Padding::Valid,
        stride_h: 1,
        stride_w: 1,
        dilation_h: 1,
        dilation_w: 1,
        activation: Activation::None,
        quantized_bias_type: 0,
    });
    let output = Some(Quantization::per_tensor(OUTPUT_SCALE, 0));
    draft.finish(op, &inputs, dtype, output, Rounding::Moves)
}

fn matrix<T: Element>(dtype: DataType, channels: &[Channel<T>]) -> Case {
    let count = channels.len();
    let mut draft = Draft::new(format!("fully_connected/{dtype}/2x3/{count}x3/ties"));
    let inputs = layer(&mut draft, (dtype, &[2, 3]), &[count, 3], channels);
    let op = Op::FullyConnected(FullyConnected {
        activation: Activation::None,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    });
    let output = Some(Quantization::per_tensor(OUTPUT_SCALE, 0));
    draft.finish(op, &inputs, dtype, output, Rounding::Moves)
}

/// An input with a scale of 1, weights with the scales of the channels, and the sums as the bias.
fn layer<T: Element>(
    draft: &mut Draft,
    (dtype, shape): (DataType, &[usize]),
    filter: &[usize],
    channels: &[Channel<T>],
) -> [TensorId; 3] {
    let scales: Vec<f32> = channels.iter().map(|&(scale, _)| scale).collect();
    let sums: Vec<T> = channels.iter().map(|&(_, sum)| sum).collect();
    let input = draft.input_with(dtype, shape, Some(Quantization::per_tensor(1.0, 0)));
    let zeros = vec![0_i8; filter.iter().product()];
    let weights = draft.given_with(filter, &zeros, Quantization::per_axis(scales.clone(), 0));
    let bias = draft.given_with(&[sums.len()], &sums, Quantization::per_axis(scales, 0));
    [input, weights, bias]
}
