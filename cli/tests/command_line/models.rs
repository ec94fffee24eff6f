//! Small models, and what they are fed.

use std::path::Path;

use demilite::npz::read_numbered;
use demilite::op::ControlFlow;
use demilite::{
    DataType, Graph, GraphParts, Model, Op, Quantization, Shape, Signature, Tensor, TensorId, Value,
};

/// A model whose output is its input, of this type and shape; the file leaves the extents of the dimensions `open` open.
pub(crate) fn through(dtype: DataType, shape: &[usize], open: &[usize]) -> Vec<u8> {
    let mut tensor = Tensor::new("x", dtype, Shape::new(shape));
    if !open.is_empty() {
        let extents = shape.iter().enumerate();
        let signature = extents.map(|(axis, &extent)| (!open.contains(&axis)).then_some(extent));
        tensor.shape_signature = Some(signature.collect());
    }
    of_tensor(tensor)
}

/// A model whose output is its input, of int8 with this scale and zero point.
pub(crate) fn quantized_through(shape: &[usize], scale: f32, zero_point: i32) -> Vec<u8> {
    let tensor = Tensor::new("x", DataType::Int8, Shape::new(shape));
    of_tensor(tensor.quantized(Quantization::per_tensor(scale, zero_point)))
}

pub(crate) fn of_tensor(tensor: Tensor) -> Vec<u8> {
    model(tensor, Vec::new())
}

/// A model whose output is its input, with a signature that calls them so.
pub(crate) fn signed(tensor: Tensor, input: &str, output: &str) -> Vec<u8> {
    let signature = Signature {
        key: "serving_default".to_owned(),
        graph_index: 0,
        inputs: vec![(input.to_owned(), TensorId(0))],
        outputs: vec![(output.to_owned(), TensorId(0))],
    };
    model(tensor, vec![signature])
}

fn model(tensor: Tensor, signatures: Vec<Signature>) -> Vec<u8> {
    let mut parts = GraphParts::default();
    let id = parts.tensor(tensor);
    (parts.inputs, parts.outputs) = (vec![id], vec![id]);
    let graph = Graph::new(parts).unwrap();
    Model::from_graphs(vec![graph], signatures)
        .to_bytes()
        .unwrap()
}

/// A model of a loop that goes on as long as its input, a bool, is true.
pub(crate) fn endless() -> Vec<u8> {
    let tensor = || Tensor::new("goes_on", DataType::Bool, [1]);
    let through = || {
        let mut parts = GraphParts::default();
        let id = parts.tensor(tensor());
        (parts.inputs, parts.outputs) = (vec![id], vec![id]);
        Graph::new(parts).unwrap()
    };
    let mut parts = GraphParts::default();
    let [input, output] = [parts.tensor(tensor()), parts.tensor(tensor())];
    let (condition, body) = (1, 2);
    parts.node(
        Op::ControlFlow(ControlFlow::While { condition, body }),
        [Some(input)],
        [output],
    );
    (parts.inputs, parts.outputs) = (vec![input], vec![output]);
    let graphs = vec![Graph::new(parts).unwrap(), through(), through()];
    Model::from_graphs(graphs, Vec::new()).to_bytes().unwrap()
}

/// The first output in an archive.
pub(crate) fn output(archive: &Path) -> Value {
    read_numbered(archive, "out", 1).unwrap().remove(0)
}
