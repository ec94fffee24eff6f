//! Graphs of a few nodes, and what they give on the GPU and on the reference.

use std::sync::{Arc, OnceLock};

use demilite_core::op::{Activation, Dequantize, FullyConnected};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, NodeId, Op, Quantization, Session, Tensor,
    TensorId, Value,
};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuContext, GpuDelegate, GpuError, GpuOptions, Precision};
use demilite_needs::Need;
use half::f16;

/// A device of each precision; none without an adapter.
fn devices() -> Option<&'static [Arc<GpuContext>; 3]> {
    static DEVICES: OnceLock<Option<[Arc<GpuContext>; 3]>> = OnceLock::new();
    let devices = DEVICES.get_or_init(|| {
        let open = |options| match GpuContext::open(options) {
            Ok(context) => Some(context),
            Err(GpuError::NoAdapter) => None,
            Err(error) => panic!("{error}"),
        };
        let of = |precision| GpuOptions::default().precision(precision);
        Some([
            open(GpuOptions::default())?,
            open(of(Precision::F16))?,
            open(of(Precision::F32))?,
        ])
    });
    if devices.is_none() {
        demilite_needs::skip(Need::Gpu, "no adapter");
    }
    devices.as_ref()
}

/// A graph under construction.
#[derive(Default)]
pub(crate) struct Network {
    parts: GraphParts,
}

impl Network {
    pub(crate) fn input(&mut self, dtype: DataType, shape: &[usize]) -> TensorId {
        let id = self
            .parts
            .tensor(Tensor::new("input", dtype, shape.to_vec()));
        self.parts.inputs.push(id);
        id
    }

    fn constant(&mut self, dtype: DataType, shape: &[usize], bytes: &[u8]) -> TensorId {
        let tensor = Tensor::new("constant", dtype, shape.to_vec());
        self.parts
            .tensor(tensor.with_constant(Constant::copied(bytes)))
    }

    pub(crate) fn floats(&mut self, shape: &[usize], elements: &[f32]) -> TensorId {
        self.constant(DataType::Float32, shape, bytemuck::cast_slice(elements))
    }

    pub(crate) fn integers(&mut self, elements: &[i32]) -> TensorId {
        let bytes = bytemuck::cast_slice(elements);
        self.constant(DataType::Int32, &[elements.len()], bytes)
    }

    /// float16 constants behind DEQUANTIZE.
    fn halves(&mut self, shape: &[usize], elements: &[f32]) -> TensorId {
        let halves: Vec<f16> = elements.iter().map(|&v| f16::from_f32(v)).collect();
        let stored = self.constant(DataType::Float16, shape, bytemuck::cast_slice(&halves));
        self.node(Op::Dequantize(Dequantize), &[stored], shape)
    }

    /// A node with one output of float32.
    pub(crate) fn node(&mut self, op: Op, inputs: &[TensorId], shape: &[usize]) -> TensorId {
        let output = Tensor::new("output", DataType::Float32, shape.to_vec());
        let output = self.parts.tensor(output);
        let inputs = inputs.iter().map(|&id| Some(id));
        self.parts.node(op, inputs, [output]);
        output
    }

    /// A node whose output is int8.
    pub(crate) fn quantized_node(
        &mut self,
        op: Op,
        input: TensorId,
        quantization: Quantization,
        shape: &[usize],
    ) -> TensorId {
        let output = Tensor::new("output", DataType::Int8, shape.to_vec());
        let output = self.parts.tensor(output.quantized(quantization));
        self.parts.node(op, [Some(input)], [output]);
        output
    }

    /// FULLY_CONNECTED that multiplies each of `depth` channels with `gain`, a float16 weight.
    pub(crate) fn layer(
        &mut self,
        input: TensorId,
        [rows, depth]: [usize; 2],
        gain: f32,
    ) -> TensorId {
        let diagonal = (0..depth * depth).map(|i| match i / depth == i % depth {
            true => gain,
            false => 0.0,
        });
        let weights = self.halves(&[depth, depth], &diagonal.collect::<Vec<f32>>());
        let op = Op::FullyConnected(FullyConnected {
            activation: Activation::None,
            weights_format: 0,
            keep_num_dims: false,
            asymmetric_quantize_inputs: false,
            quantized_bias_type: 0,
        });
        self.node(op, &[input, weights], &[rows, depth])
    }

    /// FULLY_CONNECTED of int8 that multiplies each channel with one weight.
    pub(crate) fn integer_layer(&mut self, input: TensorId, [rows, depth]: [usize; 2]) -> TensorId {
        let quantization = Quantization::per_tensor(0.5, 0);
        let bytes = (0..depth * depth).map(|i| u8::from(i / depth == i % depth));
        let bytes: Vec<u8> = bytes.collect();
        let weights = Tensor::new("weights", DataType::Int8, [depth, depth]);
        let weights = weights.quantized(quantization.clone());
        let weights = self
            .parts
            .tensor(weights.with_constant(Constant::copied(&bytes)));
        let op = Op::FullyConnected(FullyConnected {
            activation: Activation::None,
            weights_format: 0,
            keep_num_dims: false,
            asymmetric_quantize_inputs: false,
            quantized_bias_type: 0,
        });
        let output = Tensor::new("output", DataType::Int8, [rows, depth]);
        let output = self.parts.tensor(output.quantized(quantization));
        self.parts.node(op, [Some(input), Some(weights)], [output]);
        output
    }

    /// Makes a tensor an output.
    pub(crate) fn output(&mut self, id: TensorId) {
        self.parts.outputs.push(id);
    }

    pub(crate) fn model(self) -> Arc<Model> {
        Arc::new(Model::from_graph(Graph::new(self.parts).unwrap()))
    }
}

/// The types that nodes keep on a device of this precision; none without an adapter.
pub(crate) fn types(model: &Arc<Model>, precision: Precision) -> Option<Vec<(NodeId, DataType)>> {
    let [auto, half, single] = devices()?;
    let context = match precision {
        Precision::Auto => auto,
        Precision::F16 => half,
        Precision::F32 => single,
    };
    let types = on_gpu(model, context).activation_types().into_iter();
    Some(types.map(|kept| (kept.node, kept.dtype)).collect())
}

fn on_gpu(model: &Arc<Model>, context: &Arc<GpuContext>) -> Session {
    let builder = Session::builder(Arc::clone(model));
    let delegate = Arc::new(GpuDelegate::new(Arc::clone(context)));
    builder.delegate(delegate).build().unwrap()
}

/// What the model gives by default on the GPU, and on the reference; none without an adapter.
pub(crate) fn outputs(model: &Arc<Model>, input: &Value) -> Option<[Vec<f32>; 2]> {
    let [auto, ..] = devices()?;
    let builder = Session::builder(Arc::clone(model));
    let reference = Arc::new(ReferenceDelegate::default());
    let mut reference = builder.delegate(reference).build().unwrap();
    let run = |session: &mut Session| {
        let outputs = session.run(std::slice::from_ref(input)).unwrap();
        outputs[0].as_slice::<f32>().unwrap().to_vec()
    };
    Some([run(&mut on_gpu(model, auto)), run(&mut reference)])
}
