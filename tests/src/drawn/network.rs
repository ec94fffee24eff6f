//! Small networks: what one op writes the next one reads.

use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{
    Activation, Add, Concatenation, Conv2d, DepthwiseConv2d, FullyConnected, Logistic, Mean,
    Padding, Pool2d, Reshape, Softmax, Window,
};
use demilite_core::{DataType, Op, Quantization, TensorId};

use super::draw::Draw;
use crate::case::{Case, Draft};
use crate::cases::convolution::{Weights, weigh};

/// The networks of one precision.
struct Network<'a> {
    draw: &'a mut Draw,
    draft: Draft,
    dtype: DataType,
    weights: Weights,
}

impl Network<'_> {
    /// The image behind a convolution, with as many channels as `channels`.
    fn convolution(&mut self, image: TensorId, channels: usize, is_depthwise: bool) -> TensorId {
        let depth = self.draft.shape_of(image)[3];
        let window = self.draw.one(&[1, 3]);
        let stride = self.draw.integer(1, 2);
        let activation = self.draw.one(&[Activation::None, Activation::Relu6]);
        let (padding, dilation) = (Padding::Same, 1);
        let (filter, dimension) = match is_depthwise {
            true => ([1, window, window, depth], 3),
            false => ([channels, window, window, depth], 0),
        };
        let terms = window * window * if is_depthwise { 1 } else { depth };
        let op = match is_depthwise {
            true => Op::DepthwiseConv2d(DepthwiseConv2d {
                padding,
                stride_h: stride,
                stride_w: stride,
                dilation_h: dilation,
                dilation_w: dilation,
                depth_multiplier: 1,
                activation,
            }),
            false => Op::Conv2d(Conv2d {
                padding,
                stride_h: stride,
                stride_w: stride,
                dilation_h: dilation,
                dilation_w: dilation,
                activation,
                quantized_bias_type: 0,
            }),
        };
        let filter = (self.weights, &filter[..], dimension);
        let weighed = weigh(&mut self.draft, self.dtype, image, filter, true, terms);
        self.draft
            .step(op, &weighed.inputs, self.dtype, weighed.output)
    }

    /// The image added to what a convolution makes of it.
    fn residual(&mut self, image: TensorId) -> TensorId {
        let depth = self.draft.shape_of(image)[3];
        let filter = (self.weights, &[depth, 1, 1, depth][..], 0);
        let weighed = weigh(&mut self.draft, self.dtype, image, filter, true, depth);
        let op = Op::Conv2d(Conv2d {
            padding: Padding::Same,
            stride_h: 1,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: 1,
            activation: Activation::None,
            quantized_bias_type: 0,
        });
        let branch = self
            .draft
            .step(op, &weighed.inputs, self.dtype, weighed.output);
        let quantization = self.draft.quantization_of(image);
        let output = self.draw.near(self.dtype, &quantization);
        let op = Op::Add(Add {
            activation: Activation::Relu,
            pot_scale_int16: false,
        });
        self.draft.step(op, &[image, branch], self.dtype, output)
    }

    /// The image and its gate, side by side.
    fn beside(&mut self, image: TensorId) -> TensorId {
        let quantization = self.draft.quantization_of(image);
        let along = Window {
            size: 3,
            stride: 1,
            dilation: 1,
        };
        let op = Op::Pool2d(Pool2d {
            kind: self.draw.one(&[PoolKind::Average, PoolKind::Max]),
            padding: Padding::Same,
            rows: along,
            columns: along,
            activation: Activation::None,
        });
        let pooled = self
            .draft
            .step(op, &[image], self.dtype, quantization.clone());
        let op = Op::Concatenation(Concatenation {
            axis: 3,
            activation: Activation::None,
        });
        self.draft
            .step(op, &[image, pooled], self.dtype, quantization)
    }

    /// Scores of classes.
    fn classified(&mut self, image: TensorId) -> TensorId {
        let quantization = self.draft.quantization_of(image);
        let pooled = match self.draw.one_in(2) {
            true => {
                let axes = self.draft.indices(&[2], &[1, 2]);
                let op = Op::Mean(Mean { keep_dims: false });
                self.draft
                    .step(op, &[image, axes], self.dtype, quantization)
            }
            false => {
                let shape = self.draft.shape_of(image).clone();
                let batches = shape[0] as i32;
                let flat = [batches, shape.elements() as i32 / batches];
                let indices = self.draft.indices(&[2], &flat);
                let op = Op::Reshape(Reshape {
                    new_shape: Some(flat.to_vec()),
                });
                self.draft
                    .step(op, &[image, indices], self.dtype, quantization)
            }
        };
        let terms = self.draft.shape_of(pooled)[1];
        let filter = (self.weights, &[self.draw.integer(2, 11), terms][..], 0);
        let weighed = weigh(&mut self.draft, self.dtype, pooled, filter, true, terms);
        let op = Op::FullyConnected(FullyConnected {
            activation: Activation::None,
            weights_format: 0,
            keep_num_dims: false,
            asymmetric_quantize_inputs: false,
            quantized_bias_type: 0,
        });
        self.draft
            .step(op, &weighed.inputs, self.dtype, weighed.output)
    }
}

/// An image, one to three blocks, and scores of classes.
pub(super) fn network(draw: &mut Draw) -> Case {
    let (dtype, weights) = draw.one(&[
        (DataType::Float32, Weights::PerTensor),
        (DataType::Float32, Weights::Float16),
        (DataType::Int8, Weights::PerChannel),
        (DataType::Int8, Weights::PerTensor),
        (DataType::UInt8, Weights::PerTensor),
        (DataType::Int16, Weights::PerChannel),
    ]);
    let shape = [
        1,
        draw.integer(3, 11),
        draw.integer(3, 11),
        draw.integer(1, 5),
    ];
    let mut draft = draw.draft("network", dtype, weights.name());
    let mut image = draft.input(dtype, &shape);
    let mut network = Network {
        draw,
        draft,
        dtype,
        weights,
    };
    for _ in 0..network.draw.integer(1, 3) {
        let channels = network.draw.integer(1, 7);
        image = match network.draw.integer(0, 4) {
            0 | 1 => network.convolution(image, channels, false),
            2 => network.convolution(image, channels, true),
            3 => network.residual(image),
            _ => network.beside(image),
        };
    }
    let scores = network.classified(image);
    let (scale, zero_point) = match dtype {
        DataType::Int8 => (1.0 / 256.0, -128),
        DataType::UInt8 => (1.0 / 256.0, 0),
        _ => (1.0 / 32768.0, 0),
    };
    let output = (dtype != DataType::Float32).then(|| Quantization::per_tensor(scale, zero_point));
    let op = match network.draw.one_in(2) {
        true => Op::Softmax(Softmax { beta: 1.0 }),
        false => Op::Logistic(Logistic),
    };
    let rounding = network.draft.rounding_of_network();
    network.draft.finish(op, &[scores], dtype, output, rounding)
}
