//! Small float models to quantize.

use demilite_core::op::{Activation, FullyConnected};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, Op, Signature, Tensor, TensorId,
};

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
