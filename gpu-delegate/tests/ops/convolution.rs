//! CONV_2D and DEPTHWISE_CONV_2D.

use demilite_core::Op;
use demilite_core::op::{Activation, Conv2d, DepthwiseConv2d, Padding};

use crate::single_op::{Array, Input, check, clamp};

/// A convolution: sizes of the image and the filter, and how the filter moves.
#[derive(Clone, Copy, Debug)]
struct Case {
    image: [usize; 4],
    kernel: [usize; 2],
    outputs: usize,
    groups: usize,
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: Padding,
    activation: Activation,
}

const PLAIN: Case = Case {
    image: [1, 5, 7, 4],
    kernel: [3, 3],
    outputs: 8,
    groups: 1,
    stride: [1, 1],
    dilation: [1, 1],
    padding: Padding::Same,
    activation: Activation::None,
};

/// Windows and the padding before them along one dimension, by the definition of SAME and VALID.
fn place(
    extent: usize,
    size: usize,
    stride: usize,
    dilation: usize,
    padding: Padding,
) -> (usize, usize) {
    let reach = (size - 1) * dilation + 1;
    match padding {
        Padding::Valid => ((extent - reach) / stride + 1, 0),
        Padding::Same => {
            let windows = extent.div_ceil(stride);
            (
                windows,
                ((windows - 1) * stride + reach).saturating_sub(extent) / 2,
            )
        }
    }
}

impl Case {
    /// Each output from its taps: `weight` gives the filter's element of an output channel, tap and channel of the group.
    fn expected(
        &self,
        x: &Array,
        bias: &Array,
        group_outputs: usize,
        weight: impl Fn(usize, usize, usize) -> f64,
    ) -> Array {
        let [batch, height, width, channels] = self.image;
        let group_inputs = channels / self.groups;
        let (rows, top) = place(
            height,
            self.kernel[0],
            self.stride[0],
            self.dilation[0],
            self.padding,
        );
        let (columns, left) = place(
            width,
            self.kernel[1],
            self.stride[1],
            self.dilation[1],
            self.padding,
        );
        Array::new(&[batch, rows, columns, self.outputs], |i| {
            let (o, at) = (i % self.outputs, i / self.outputs);
            let (column, row, n) = (at % columns, at / columns % rows, at / columns / rows);
            let mut sum = bias.data.get(o).copied().unwrap_or(0.0);
            for ky in 0..self.kernel[0] {
                for kx in 0..self.kernel[1] {
                    let y = (row * self.stride[0] + ky * self.dilation[0]).wrapping_sub(top);
                    let x_at = (column * self.stride[1] + kx * self.dilation[1]).wrapping_sub(left);
                    if y >= height || x_at >= width {
                        continue;
                    }
                    for c in 0..group_inputs {
                        let channel = o / group_outputs * group_inputs + c;
                        sum += x.data[((n * height + y) * width + x_at) * channels + channel]
                            * weight(o, ky * self.kernel[1] + kx, c);
                    }
                }
            }
            clamp(sum, self.activation)
        })
    }

    fn check(self, weights: fn(Array) -> Input, biases: fn(Array) -> Input) {
        let x = Array::random(&self.image, 1);
        let inputs = self.image[3] / self.groups;
        let taps = self.kernel[0] * self.kernel[1];
        let filter = Array::random(&[self.outputs, self.kernel[0], self.kernel[1], inputs], 2);
        let bias = Array::random(&[self.outputs], 3);
        let filter_at = |o, tap, c| filter.data[(o * taps + tap) * inputs + c];
        let bias_input = biases(bias.clone());
        let no_bias = Array::new(&[0], |_| 0.0);
        let used = if matches!(bias_input, Input::Absent) {
            &no_bias
        } else {
            &bias
        };
        let expected = self.expected(&x, used, self.outputs / self.groups, filter_at);
        let op = Op::Conv2d(Conv2d {
            padding: self.padding,
            stride_h: self.stride[0],
            stride_w: self.stride[1],
            dilation_h: self.dilation[0],
            dilation_w: self.dilation[1],
            activation: self.activation,
            quantized_bias_type: 0,
        });
        check(
            &format!("conv {self:?}"),
            &op,
            &[Input::Fed(x), weights(filter.clone()), bias_input],
            &expected,
        );
    }

    fn check_depthwise(self, weights: fn(Array) -> Input) {
        let x = Array::random(&self.image, 4);
        let filter = Array::random(&[1, self.kernel[0], self.kernel[1], self.outputs], 5);
        let bias = Array::random(&[self.outputs], 6);
        let multiplier = self.outputs / self.image[3];
        let case = Case {
            groups: self.image[3],
            ..self
        };
        let expected = case.expected(&x, &bias, multiplier, |o, tap, _| {
            filter.data[tap * self.outputs + o]
        });
        let op = Op::DepthwiseConv2d(DepthwiseConv2d {
            padding: self.padding,
            stride_h: self.stride[0],
            stride_w: self.stride[1],
            dilation_h: self.dilation[0],
            dilation_w: self.dilation[1],
            depth_multiplier: multiplier as i32,
            activation: self.activation,
        });
        let inputs = [
            Input::Fed(x),
            weights(filter.clone()),
            Input::Constant(bias),
        ];
        check(&format!("depthwise {self:?}"), &op, &inputs, &expected);
    }
}

#[test]
fn channels_of_every_remainder() {
    for channels in [1, 3, 4, 6] {
        for outputs in [1, 2, 5, 8, 11, 12, 20] {
            let case = Case {
                image: [2, 5, 3, channels],
                outputs,
                ..PLAIN
            };
            case.check(Input::Constant, Input::Constant);
        }
    }
}

#[test]
fn strides_dilations_and_paddings() {
    for padding in [Padding::Same, Padding::Valid] {
        for (stride, dilation) in [
            ([1, 1], [1, 1]),
            ([2, 2], [1, 1]),
            ([3, 2], [1, 1]),
            ([1, 1], [2, 3]),
            ([2, 1], [1, 2]),
        ] {
            let case = Case {
                image: [1, 11, 13, 4],
                stride,
                dilation,
                padding,
                ..PLAIN
            };
            case.check(Input::Constant, Input::Constant);
            Case { outputs: 4, ..case }.check_depthwise(Input::Constant);
            Case { outputs: 8, ..case }.check_depthwise(Input::Constant);
        }
    }
}

#[test]
fn pointwise_with_few_rows_and_many() {
    for image in [[1, 1, 1, 37], [1, 1, 3, 64], [1, 5, 5, 19], [3, 1, 1, 30]] {
        for outputs in [1, 10, 33, 64] {
            let case = Case {
                image,
                kernel: [1, 1],
                outputs,
                ..PLAIN
            };
            case.check(Input::Half, Input::Half);
        }
    }
}

#[test]
fn more_positions_channels_and_steps_than_a_tile_has() {
    for case in [
        Case {
            image: [2, 9, 7, 20],
            outputs: 70,
            stride: [2, 1],
            ..PLAIN
        },
        Case {
            image: [1, 7, 11, 12],
            outputs: 80,
            groups: 2,
            ..PLAIN
        },
        Case {
            image: [1, 13, 11, 37],
            kernel: [1, 1],
            outputs: 67,
            ..PLAIN
        },
        // Enough tiles of the largest size.
        Case {
            image: [1, 33, 33, 3],
            kernel: [2, 2],
            outputs: 520,
            ..PLAIN
        },
    ] {
        case.check(Input::Half, Input::Constant);
    }
}

#[test]
fn elements_of_weights_and_bias_are_independent() {
    for weights in [Input::Constant as fn(Array) -> Input, Input::Half] {
        for biases in [Input::Constant as fn(Array) -> Input, Input::Half, |_| {
            Input::Absent
        }] {
            PLAIN.check(weights, biases);
            Case {
                image: [1, 4, 4, 3],
                outputs: 7,
                ..PLAIN
            }
            .check(weights, biases);
        }
        Case {
            outputs: 4,
            ..PLAIN
        }
        .check_depthwise(weights);
        Case {
            image: [2, 5, 7, 3],
            outputs: 6,
            ..PLAIN
        }
        .check_depthwise(weights);
    }
}

#[test]
fn groups() {
    for (channels, outputs, groups) in [(8, 16, 2), (6, 24, 3), (4, 32, 4)] {
        let case = Case {
            image: [1, 5, 4, channels],
            outputs,
            groups,
            ..PLAIN
        };
        case.check(Input::Half, Input::Constant);
    }
}

#[test]
fn fused_activations_clamp() {
    for activation in [Activation::Relu, Activation::Relu6, Activation::ReluN1To1] {
        Case {
            activation,
            ..PLAIN
        }
        .check(Input::Constant, Input::Constant);
        Case {
            activation,
            outputs: 4,
            ..PLAIN
        }
        .check_depthwise(Input::Constant);
        Case {
            activation,
            image: [1, 1, 1, 8],
            kernel: [1, 1],
            ..PLAIN
        }
        .check(Input::Constant, Input::Constant);
    }
}

#[test]
fn depthwise_channels_of_every_remainder() {
    for channels in [1, 3, 4, 7, 12] {
        for multiplier in [1, 2, 3] {
            let case = Case {
                image: [2, 5, 11, channels],
                outputs: channels * multiplier,
                ..PLAIN
            };
            case.check_depthwise(Input::Constant);
        }
    }
}

#[test]
fn a_kernel_larger_than_the_image() {
    let case = Case {
        image: [1, 2, 3, 4],
        kernel: [5, 7],
        outputs: 4,
        ..PLAIN
    };
    case.check(Input::Constant, Input::Constant);
    case.check_depthwise(Input::Constant);
}
