//! Convolutions that follow each other, each read by the next alone. A delegate may compute them together, a few rows at a time, and has
//! to find the rows that each filter meets: at the borders, between images, and where filters leap. A PAD may be in front of them.

use demilite_core::op::{self, Activation, Conv2d, DepthwiseConv2d, Padding};
use demilite_core::{DataType, Op};

use super::layers::{OPERAND, TYPES, WEIGHT};
use crate::case::{Case, Draft};
use crate::cases::convolution::{Weights, weigh};
use crate::float_bound::Rounding;

/// A convolution.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// CONV_2D with a square window of this size, this stride and so many output channels.
    Conv2d(usize, usize, usize),
    /// DEPTHWISE_CONV_2D with a window of so many rows and columns, strides and dilations.
    DepthwiseConv2d([usize; 2], [usize; 2], [usize; 2], Padding),
    /// PAD by so many rows and columns before and after each image.
    Pad([i32; 2], [i32; 2]),
}

use Padding::{Same, Valid};
use Step::{Conv2d as Conv, DepthwiseConv2d as Depthwise, Pad};

/// A filter of three by three elements that moves by so many.
const fn square(stride: usize, padding: Padding) -> Step {
    Depthwise([3, 3], [stride, stride], [1, 1], padding)
}

/// Name, image, and what follows.
const CHAINS: &[(&str, [usize; 4], &[Step])] = &[
    (
        "steps_of_two_first",
        [1, 9, 7, 3],
        &[Conv(3, 2, 8), square(1, Same), Conv(1, 1, 12)],
    ),
    (
        "wide_between",
        [2, 8, 6, 5],
        &[Conv(1, 1, 19), square(2, Same), Conv(1, 1, 4)],
    ),
    (
        "rows_apart",
        [1, 11, 5, 4],
        &[
            Depthwise([5, 3], [1, 1], [2, 1], Same),
            Conv(1, 1, 6),
            square(1, Valid),
            Conv(1, 1, 3),
        ],
    ),
    (
        "leaps",
        [1, 10, 9, 8],
        &[
            Conv(1, 1, 16),
            Depthwise([1, 2], [3, 1], [1, 1], Valid),
            Conv(1, 1, 5),
        ],
    ),
    (
        "three_images",
        [3, 5, 5, 17],
        &[
            square(1, Valid),
            Conv(1, 1, 7),
            Depthwise([2, 2], [2, 1], [1, 1], Same),
            Conv(1, 1, 8),
        ],
    ),
    (
        "padded",
        [2, 6, 7, 8],
        &[Pad([0, 1], [0, 1]), square(2, Valid), Conv(1, 1, 9)],
    ),
    (
        "padded_twice",
        [1, 5, 6, 3],
        &[
            Pad([1, 1], [1, 1]),
            Conv(5, 1, 8),
            Pad([2, 0], [0, 3]),
            square(1, Valid),
            Pad([7, 7], [0, 0]),
            square(1, Valid),
        ],
    ),
    (
        "long",
        [1, 7, 4, 4],
        &[
            square(1, Same),
            Conv(1, 1, 4),
            square(1, Same),
            Conv(1, 1, 8),
            square(2, Same),
            Conv(1, 1, 8),
            square(1, Same),
            Conv(1, 1, 4),
            square(1, Same),
        ],
    ),
];

fn name(dtype: DataType, chain: &str) -> String {
    format!("composition/{dtype}/chain/{chain}")
}

/// The names of the chains of a type.
pub(super) fn names(dtype: DataType) -> impl Iterator<Item = String> {
    let chains = CHAINS.iter().filter(move |_| TYPES.contains(&dtype));
    chains.map(move |(chain, ..)| name(dtype, chain))
}

/// The chains of a type.
pub(super) fn networks(dtype: DataType) -> Vec<Case> {
    let chains = CHAINS.iter().filter(|_| TYPES.contains(&dtype));
    chains
        .map(|&(name, image, steps)| network(dtype, name, image, steps))
        .collect()
}

fn network(dtype: DataType, chain: &str, image: [usize; 4], steps: &[Step]) -> Case {
    let mut draft = Draft::new(name(dtype, chain)).within(OPERAND);
    let weights = match dtype {
        DataType::Int8 | DataType::Int16 => Weights::PerChannel,
        _ => Weights::PerTensor,
    };
    let (mut inputs, mut terms) = (image[3], 0);
    let mut quantization = draft.quantization(dtype);
    let mut tensor = draft.input_with(dtype, &image, quantization.clone());
    for &step in steps {
        let (filter, dimension, met) = match step {
            Conv(size, _, outputs) => ([outputs, size, size, inputs], 0, size * size * inputs),
            Depthwise([rows, columns], ..) => ([1, rows, columns, inputs], 3, rows * columns),
            Pad([top, bottom], [left, right]) => {
                let paddings = [0, 0, top, bottom, left, right, 0, 0];
                let paddings = draft.indices(&[4, 2], &paddings);
                tensor = draft.step(
                    op_of(step),
                    &[tensor, paddings],
                    dtype,
                    quantization.clone(),
                );
                continue;
            }
        };
        let outputs = filter[dimension];
        draft.limit(WEIGHT);
        let filter = (weights, &filter[..], dimension);
        let weighed = weigh(&mut draft, dtype, tensor, filter, true, met);
        draft.limit(OPERAND);
        quantization = weighed.output;
        tensor = draft.step(op_of(step), &weighed.inputs, dtype, quantization.clone());
        terms += met + 1;
        inputs = outputs;
    }
    let rounding = Rounding::Network {
        terms,
        ops: steps.len(),
    };
    draft.finish_network(vec![tensor], rounding)
}

fn op_of(step: Step) -> Op {
    match step {
        Conv(_, stride, _) => Op::Conv2d(Conv2d {
            padding: Same,
            stride_h: stride,
            stride_w: stride,
            dilation_h: 1,
            dilation_w: 1,
            activation: Activation::Relu6,
            quantized_bias_type: 0,
        }),
        Depthwise(_, strides, dilations, padding) => Op::DepthwiseConv2d(DepthwiseConv2d {
            padding,
            stride_h: strides[0],
            stride_w: strides[1],
            dilation_h: dilations[0],
            dilation_w: dilations[1],
            depth_multiplier: 1,
            activation: Activation::None,
        }),
        Pad(..) => Op::Pad(op::Pad { has_value: false }),
    }
}
