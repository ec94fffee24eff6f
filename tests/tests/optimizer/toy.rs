//! Small float models to quantize.

use std::sync::Arc;

use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{Activation, Conv2d, FullyConnected, Padding, Pool2d, Window};
use demilite_core::{
    Constant, DataType, Delegate, Graph, GraphParts, Model, Op, Session, Signature, Tensor,
    TensorId, Value,
};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_optimizer::{OptimizeError, Quantized, Quantizer, Recipe, Sample};

use crate::place;

/// Extents of the layers: enough that their weights are worth a DEQUANTIZE.
pub(crate) const EXTENT: usize = 40;

pub(crate) fn fully_connected() -> Op {
    Op::FullyConnected(FullyConnected {
        activation: Activation::None,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    })
}

/// A float32 constant.
pub(crate) fn constant(name: &str, shape: &[usize], reals: &[f32]) -> Tensor {
    let bytes: Vec<u8> = reals.iter().flat_map(|real| real.to_le_bytes()).collect();
    Tensor::new(name, DataType::Float32, shape.to_vec()).with_constant(Constant::copied(&bytes))
}

/// Weights of both signs around zero.
pub(crate) fn weights() -> Vec<f32> {
    let elements = 0..EXTENT * EXTENT;
    elements
        .map(|element| (element % 97) as f32 / 97.0 - 0.5)
        .collect()
}

/// Two layers, `first` and `second`, with the same weights, and a signature.
pub(crate) fn two_layers(weights: &[f32]) -> Model {
    let mut parts = GraphParts::default();
    let activation = |name: &str| Tensor::new(name, DataType::Float32, [1, EXTENT]);
    let [x, first, second] = ["x", "first", "second"].map(|name| parts.tensor(activation(name)));
    let shared = parts.tensor(constant("weights", &[EXTENT, EXTENT], weights));
    parts.node(fully_connected(), [Some(x), Some(shared)], [first]);
    parts.node(fully_connected(), [Some(first), Some(shared)], [second]);
    (parts.inputs, parts.outputs) = (vec![x], vec![second]);
    let signature = Signature {
        key: "serve".to_owned(),
        graph_index: 0,
        inputs: vec![("in".to_owned(), x)],
        outputs: vec![("out".to_owned(), second)],
    };
    Model::from_graphs(vec![Graph::new(parts).expect("a graph")], vec![signature])
}

/// One layer `y` of these weights `[outputs, inputs]` and this bias.
pub(crate) fn layer(weights: &[f32], bias: &[f32]) -> Model {
    let (outputs, inputs) = (bias.len(), weights.len() / bias.len());
    let mut parts = GraphParts::default();
    let x = parts.tensor(Tensor::new("x", DataType::Float32, [1, inputs]));
    let y = parts.tensor(Tensor::new("y", DataType::Float32, [1, outputs]));
    let weights = parts.tensor(constant("weights", &[outputs, inputs], weights));
    let bias = parts.tensor(constant("bias", &[outputs], bias));
    parts.node(fully_connected(), [Some(x), Some(weights), Some(bias)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Model::from_graph(Graph::new(parts).expect("a graph"))
}

/// The average `y` over an image `x` of two channels.
pub(crate) fn pooled() -> Model {
    let mut parts = GraphParts::default();
    let x = parts.tensor(Tensor::new("x", DataType::Float32, [1, 4, 4, 2]));
    let y = parts.tensor(Tensor::new("y", DataType::Float32, [1, 1, 1, 2]));
    parts.node(average(4), [Some(x)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Model::from_graph(Graph::new(parts).expect("a graph"))
}

/// The average over windows of this extent.
pub(crate) fn average(extent: usize) -> Op {
    let window = Window {
        size: extent,
        stride: 1,
        dilation: 1,
    };
    Op::Pool2d(Pool2d {
        kind: PoolKind::Average,
        padding: Padding::Valid,
        rows: window,
        columns: window,
        activation: Activation::None,
    })
}

/// A 1 × 1 convolution with a RELU6, the average of each channel over the image, and a matrix; channels differ by a factor of 1,000.
pub(crate) fn uneven_images() -> Model {
    let mut parts = GraphParts::default();
    let float = |name: &str, shape: &[usize]| Tensor::new(name, DataType::Float32, shape.to_vec());
    let factor = |channel: usize| 1000_f32.powf(channel as f32 / 15.0);
    let x = parts.tensor(float("x", &[1, 4, 4, 2]));
    let images = parts.tensor(float("images", &[1, 4, 4, 16]));
    let averages = parts.tensor(float("averages", &[1, 1, 1, 16]));
    let y = parts.tensor(float("y", &[1, 4]));
    let filter: Vec<f32> = (0..32)
        .map(|element| (0.1 + ((element * 7) % 5) as f32) * factor(element / 2) / 2000.0)
        .collect();
    let matrix: Vec<f32> = (0..64)
        .map(|element| (((element * 7) % 23) as f32 / 23.0 - 0.4) / factor(element % 16))
        .collect();
    let filter = parts.tensor(constant("filter", &[16, 1, 1, 2], &filter));
    let matrix = parts.tensor(constant("matrix", &[4, 16], &matrix));
    let convolution = Op::Conv2d(Conv2d {
        padding: Padding::Valid,
        stride_h: 1,
        stride_w: 1,
        dilation_h: 1,
        dilation_w: 1,
        activation: Activation::Relu6,
        quantized_bias_type: 0,
    });
    parts.node(convolution, [Some(x), Some(filter)], [images]);
    parts.node(average(4), [Some(images)], [averages]);
    parts.node(fully_connected(), [Some(averages), Some(matrix)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Model::from_graph(Graph::new(parts).expect("a graph"))
}

/// The bundled classifier.
pub(crate) fn shapes() -> Model {
    let file = place::repository().join("models/shapes/shapes_f32.tflite");
    Model::open(file).expect("a model")
}

/// Samples for a model of one float input: numbers between 0 and 1 that no two of them share.
pub(crate) fn samples(model: &Model, count: usize) -> Vec<Sample> {
    let graph = &model.graphs()[0];
    let shape = graph.tensor(graph.inputs()[0]).shape.clone();
    let sample = |index: usize| {
        let elements = 0..shape.elements();
        let reals = elements.map(|element| ((index * 31 + element * 7) as f32 * 0.618_034).fract());
        let value = Value::from_slice(shape.clone(), &reals.collect::<Vec<f32>>());
        Sample::ordered(vec![value.expect("a tensor")])
    };
    (0..count).map(sample).collect()
}

/// The reference alone.
pub(crate) fn reference() -> [Arc<dyn Delegate>; 1] {
    [Arc::new(ReferenceDelegate::default())]
}

/// A form of a model, calibrated on samples of its own.
pub(crate) fn calibrated(model: Model, recipe: Recipe) -> Result<Quantized, OptimizeError> {
    let samples = samples(&model, 20);
    let quantizer = Quantizer::new(model).recipe(recipe).delegates(reference());
    quantizer.calibrate(samples)?.finish()
}

/// What a model makes of a float input.
pub(crate) fn run(model: &Model, input: &[f32]) -> Vec<f32> {
    let mut session = Session::builder(Arc::new(model.clone())).delegates(reference());
    let graph = &model.graphs()[0];
    let shape = graph.tensor(graph.inputs()[0]).shape.clone();
    session = session.input_shape(0, shape.clone());
    let mut session = session.build().expect("a session");
    let input = Value::from_slice(shape, input).expect("a tensor");
    let outputs = session.run(&[input]).expect("outputs");
    outputs[0].as_slice::<f32>().expect("floats").to_vec()
}

/// The operators of a model's first graph.
pub(crate) fn ops(model: &Model) -> Vec<&str> {
    let nodes = model.graphs()[0].nodes().iter();
    nodes.map(|node| node.op.name()).collect()
}

/// A tensor of a model's first graph by its name.
pub(crate) fn tensor<'a>(model: &'a Model, name: &str) -> (TensorId, &'a Tensor) {
    let mut tensors = model.graphs()[0].tensors().iter().enumerate();
    let (index, tensor) = tensors
        .find(|(_, tensor)| tensor.name == name)
        .unwrap_or_else(|| panic!("no tensor {name}"));
    (TensorId(index), tensor)
}
