//! What a graph may not be.

mod toy;

use demilite_core::{
    Blockwise, Constant, DataType, Graph, GraphError, GraphParts, Model, Quantization, Shape,
    Tensor, TensorId,
};
use toy::{add, relu};

fn parts_with(tensors: impl IntoIterator<Item = Tensor>) -> GraphParts {
    let mut parts = GraphParts::default();
    for tensor in tensors {
        parts.tensor(tensor);
    }
    parts
}

fn floats(count: usize) -> GraphParts {
    parts_with((0..count).map(|i| Tensor::new(format!("t{i}"), DataType::Float32, [1])))
}

fn fault(parts: GraphParts) -> String {
    Graph::new(parts).expect_err("it is not valid").to_string()
}

#[test]
fn indices_must_be_inside() {
    let mut parts = floats(2);
    parts.node(relu(), [Some(TensorId(7))], [TensorId(1)]);
    assert_eq!(
        fault(parts),
        "node #0 (RELU) names tensor 7, and the graph has 2"
    );
    let mut parts = floats(1);
    parts.outputs = vec![TensorId(1)];
    assert_eq!(
        fault(parts),
        "graph output 0 names tensor 1, and the graph has 1"
    );
}

#[test]
fn cycles_are_found() {
    let mut parts = floats(3);
    parts.inputs = vec![TensorId(0)];
    parts.node(add(), [0, 2].map(|i| Some(TensorId(i))), [TensorId(1)]);
    parts.node(relu(), [Some(TensorId(1))], [TensorId(2)]);
    assert!(fault(parts).contains("the nodes form a cycle or are out of order"));
}

#[test]
fn a_tensor_has_one_writer() {
    let mut parts = floats(2);
    parts.inputs = vec![TensorId(0)];
    parts.node(relu(), [Some(TensorId(0))], [TensorId(1)]);
    parts.node(relu(), [Some(TensorId(0))], [TensorId(1)]);
    assert!(fault(parts).ends_with("(\"t1\"), which another node writes"));
    let mut parts = floats(1);
    parts.inputs = vec![TensorId(0)];
    parts.node(relu(), [Some(TensorId(0))], [TensorId(0)]);
    assert!(fault(parts).ends_with("which is a graph input"));
}

#[test]
fn outputs_must_be_computed() {
    let mut parts = floats(2);
    parts.outputs = vec![TensorId(1)];
    assert!(fault(parts).contains("which nothing computes"));
}

#[test]
fn ops_need_their_inputs() {
    let mut parts = floats(2);
    parts.inputs = vec![TensorId(0)];
    parts.node(add(), [Some(TensorId(0))], [TensorId(1)]);
    assert_eq!(
        fault(parts),
        "node #0 (ADD): it has 1 inputs where 2 to 2 are needed"
    );
    let mut parts = floats(2);
    parts.inputs = vec![TensorId(0)];
    parts.node(add(), [Some(TensorId(0)), None], [TensorId(1)]);
    assert_eq!(fault(parts), "node #0 (ADD): its input 1 is absent");
}

#[test]
fn constants_must_fill_their_shapes() {
    let tensor = Tensor::new("weights", DataType::Int16, [3]);
    let parts = parts_with([tensor.with_constant(Constant::copied(&[0; 5]))]);
    assert_eq!(
        fault(parts),
        "tensor t0 (\"weights\"): its buffer holds 5 bytes, and int16 of shape [3] takes 6"
    );
    let huge = Tensor::new("huge", DataType::Int16, Shape::from([usize::MAX, 2]));
    assert!(fault(parts_with([huge])).contains("larger than can be addressed"));
}

#[test]
fn quantization_must_be_usable() {
    let quantized = |quantization: Quantization| {
        let tensor = Tensor::new("q", DataType::Int8, [2, 3]);
        Graph::new(parts_with([tensor.quantized(quantization)]))
    };
    // Weights have scales of 0 and below: what takes no such tensor says so when it is asked to run.
    for scale in [0.0, -1.0] {
        assert!(quantized(Quantization::per_tensor(scale, 0)).is_ok());
    }
    for scale in [f32::NAN, f32::INFINITY] {
        let error = quantized(Quantization::per_tensor(scale, 0)).expect_err("no usable scale");
        assert!(matches!(error, GraphError::Tensor { .. }));
    }
    assert!(quantized(Quantization::per_axis([1.0, 2.0], 0)).is_ok());
    assert!(quantized(Quantization::per_axis([1.0, 2.0], 1)).is_err());
    assert!(quantized(Quantization::per_axis([1.0, 2.0], 5)).is_err());
    let mismatched = Quantization {
        scale: vec![1.0, 2.0, 3.0],
        zero_point: vec![0, 0],
        quantized_dimension: 1,
    };
    assert!(quantized(mismatched).is_err());
}

/// Weights of two rows of four int4 numbers in blocks of two, with their scales.
fn blockwise(size: usize, scales: usize) -> GraphParts {
    let weights = Tensor::new("weights", DataType::Int4, [2, 4])
        .with_constant(Constant::copied(&[0x21, 0x43, 0x65, 0x87]));
    let blocks = Blockwise {
        scales: TensorId(1),
        zero_points: None,
        size,
        shape: vec![1, 2],
    };
    let scale_tensor = Tensor::new("scales", DataType::Float16, [scales])
        .with_constant(Constant::copied(&vec![0; 2 * scales]));
    let weights = Tensor {
        blocks: Some(blocks),
        ..weights
    };
    parts_with([weights, scale_tensor])
}

#[test]
fn blocks_survive_a_file() {
    let graph = Graph::new(blockwise(2, 4)).expect("a graph");
    let bytes = Model::from_graph(graph.clone()).to_bytes().expect("a file");
    let read = Model::from_bytes(&bytes, "blocks").expect("a model");
    assert_eq!(
        read.graphs()[0].tensors()[0].blocks,
        graph.tensors()[0].blocks
    );
}

#[test]
fn blocks_must_have_their_scales() {
    for (size, scales) in [(0, 4), (3, 4), (2, 3)] {
        assert!(
            fault(blockwise(size, scales)).contains("blocks"),
            "{size} {scales}"
        );
    }
    let mut parts = blockwise(2, 4);
    parts.tensors.truncate(1);
    assert!(fault(parts).contains("there is none"));
}
