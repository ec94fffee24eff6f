//! Layers with weights, as models of one node.

use std::sync::Arc;

use demilite_core::op::{Activation, Conv2d, Dequantize, FullyConnected, Padding, TransposeConv};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, Op, Quantization, Tensor, TensorId, Value,
};
use half::f16;

/// What a layer computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// Floats with weights of floats.
    Float32,
    /// Floats with weights of 16-bit floats behind DEQUANTIZE.
    Float16,
    /// Floats with weights of signed bytes.
    DynamicRange,
    /// Signed bytes.
    Int8,
    /// Unsigned bytes.
    UInt8,
    /// 16-bit integers with weights of signed bytes.
    Int16,
}

impl Numbers {
    pub(crate) const ALL: [Numbers; 6] = [
        Numbers::Float32,
        Numbers::Float16,
        Numbers::DynamicRange,
        Numbers::Int8,
        Numbers::UInt8,
        Numbers::Int16,
    ];

    fn types(self) -> [DataType; 3] {
        use DataType::{Float16, Float32, Int8, Int16, Int32, UInt8};
        match self {
            Numbers::Float32 => [Float32, Float32, Float32],
            Numbers::Float16 => [Float32, Float16, Float16],
            Numbers::DynamicRange => [Float32, Int8, Float32],
            Numbers::Int8 => [Int8, Int8, Int32],
            Numbers::UInt8 => [UInt8, UInt8, Int32],
            Numbers::Int16 => [Int16, Int8, Int32],
        }
    }
}

/// A layer's shapes.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) op: Op,
    pub(crate) input: Vec<usize>,
    pub(crate) filter: Vec<usize>,
    pub(crate) output: Vec<usize>,
    pub(crate) has_bias: bool,
}

pub(crate) fn fully_connected(rows: usize, depth: usize, outputs: usize) -> Layer {
    Layer {
        op: Op::FullyConnected(FullyConnected {
            activation: Activation::Relu,
            weights_format: 0,
            keep_num_dims: false,
            asymmetric_quantize_inputs: true,
            quantized_bias_type: 0,
        }),
        input: vec![rows, depth],
        filter: vec![outputs, depth],
        output: vec![rows, outputs],
        has_bias: true,
    }
}

pub(crate) fn conv_2d(size: usize, channels: usize, outputs: usize) -> Layer {
    Layer {
        op: Op::Conv2d(Conv2d {
            padding: Padding::Same,
            stride_h: 1,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: 1,
            activation: Activation::None,
            quantized_bias_type: 0,
        }),
        input: vec![1, 5, 3, channels],
        filter: vec![outputs, size, size, channels],
        output: vec![1, 5, 3, outputs],
        has_bias: true,
    }
}

pub(crate) fn transpose_conv(channels: usize, outputs: usize) -> Layer {
    Layer {
        op: Op::TransposeConv(TransposeConv {
            padding: Padding::Same,
            stride_h: 2,
            stride_w: 2,
            activation: Activation::None,
            quantized_bias_type: 0,
        }),
        input: vec![1, 3, 2, channels],
        filter: vec![outputs, 3, 3, channels],
        output: vec![1, 6, 4, outputs],
        has_bias: true,
    }
}

/// Numbers in -1..1 that float16 holds, the same for the same seed.
fn random(seed: u32) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(1);
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from((state >> 24) as u8) / 128.0 - 1.0
    }
}

fn bytes(dtype: DataType, elements: usize, seed: u32) -> Vec<u8> {
    let mut random = random(seed);
    let mut bytes = Vec::new();
    for _ in 0..elements {
        let value = random();
        match dtype {
            DataType::Float32 => bytes.extend(value.to_le_bytes()),
            DataType::Float16 => bytes.extend(f16::from_f32(value).to_le_bytes()),
            DataType::Int16 => bytes.extend(((value * 32_000.0) as i16).to_le_bytes()),
            DataType::Int32 => bytes.extend(((value * 1000.0) as i32).to_le_bytes()),
            _ => bytes.push((value * 127.0) as i8 as u8),
        }
    }
    bytes
}

/// A tensor of the layer with the quantization that its type takes.
fn tensor(name: &str, dtype: DataType, shape: &[usize], scale: f32) -> Tensor {
    let tensor = Tensor::new(name, dtype, shape.to_vec());
    match dtype {
        DataType::Float32 | DataType::Float16 => tensor,
        DataType::UInt8 => tensor.quantized(Quantization::per_tensor(scale, 120)),
        _ => tensor.quantized(Quantization::per_tensor(scale, 0)),
    }
}

impl Layer {
    fn constant(
        parts: &mut GraphParts,
        name: &str,
        dtype: DataType,
        shape: &[usize],
        scale: f32,
    ) -> TensorId {
        let elements = shape.iter().product();
        let constant = tensor(name, dtype, shape, scale);
        let constant =
            constant.with_constant(Constant::copied(&bytes(dtype, elements, shape[0] as u32)));
        let stored = parts.tensor(constant);
        if dtype != DataType::Float16 {
            return stored;
        }
        let expanded = parts.tensor(Tensor::new("expanded", DataType::Float32, shape.to_vec()));
        parts.node(Op::Dequantize(Dequantize), [Some(stored)], [expanded]);
        expanded
    }

    /// The model, and a value to feed.
    pub(crate) fn model(&self, numbers: Numbers) -> (Arc<Model>, Value) {
        let [data, filter, bias] = numbers.types();
        let mut parts = GraphParts::default();
        let scale = if data == DataType::Int16 { 1e-4 } else { 0.02 };
        let input = parts.tensor(tensor("input", data, &self.input, scale));
        let filter = Self::constant(&mut parts, "filter", filter, &self.filter, 0.01);
        let bias = self.has_bias.then(|| {
            let outputs = &self.output[self.output.len() - 1..];
            Self::constant(&mut parts, "bias", bias, outputs, scale * 0.01)
        });
        let output = parts.tensor(tensor("output", data, &self.output, 20.0 * scale));
        let inputs = match &self.op {
            Op::TransposeConv(_) => {
                let extents: Vec<u8> = (self.output.iter())
                    .flat_map(|&extent| (extent as i32).to_le_bytes())
                    .collect();
                let shape = Tensor::new("output_shape", DataType::Int32, [4]);
                let shape = parts.tensor(shape.with_constant(Constant::copied(&extents)));
                vec![Some(shape), Some(filter), Some(input), bias]
            }
            _ => vec![Some(input), Some(filter), bias],
        };
        parts.node(self.op.clone(), inputs, [output]);
        parts.inputs.push(input);
        parts.outputs.push(output);
        let elements = self.input.iter().product();
        let fed = Value::from_bytes(data, self.input.clone(), &bytes(data, elements, 7));
        let model = Model::from_graph(Graph::new(parts).unwrap());
        (Arc::new(model), fed.unwrap())
    }
}
