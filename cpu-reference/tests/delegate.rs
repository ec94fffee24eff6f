//! Small graphs through the whole of a session with the reference delegate.

use std::sync::Arc;

use demilite_core::op::{
    Activation, Add, Dequantize, FullyConnected, Relu, Reshape, relu::ReluKind,
};
use demilite_core::{
    CompileError, Constant, DataType, Graph, GraphParts, Model, Op, Quantization, Session, Shape,
    Tensor, TensorId, Value,
};
use demilite_cpu_reference::ReferenceDelegate;

fn session(parts: GraphParts) -> Result<Session, CompileError> {
    let model = Model::from_graph(Graph::new(parts).unwrap());
    Session::builder(Arc::new(model))
        .delegate(Arc::new(ReferenceDelegate::default()))
        .build()
}

fn float(name: &str, shape: impl Into<Shape>) -> Tensor {
    Tensor::new(name, DataType::Float32, shape)
}

#[test]
fn packed_integer_weights_meet_floats() {
    let mut parts = GraphParts::default();
    let input = parts.tensor(float("input", [1, 3]));
    let weights = parts.tensor(
        Tensor::new("weights", DataType::Int4, [1, 3])
            .quantized(Quantization::per_tensor(0.5, 0))
            .with_constant(Constant::copied(&[0x8f, 0x07])),
    );
    let output = parts.tensor(float("output", [1, 1]));
    let fully_connected = FullyConnected {
        activation: Activation::None,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: true,
        quantized_bias_type: 0,
    };
    parts.node(
        Op::FullyConnected(fully_connected),
        [Some(input), Some(weights)],
        [output],
    );
    (parts.inputs, parts.outputs) = (vec![input], vec![output]);
    let mut session = session(parts).unwrap();
    let value = Value::from_slice([1, 3], &[1.0_f32, 0.0, 255.0]).unwrap();
    let outputs = session.run(&[value]).unwrap();
    // Weights −1, −8 and 7.
    assert_eq!(outputs[0].as_slice::<f32>().unwrap(), [1784.0 * 0.5]);
}

fn relu(parts: &mut GraphParts, input: TensorId, shape: impl Into<Shape>) -> TensorId {
    let output = parts.tensor(float("relu", shape));
    let kind = ReluKind::Relu;
    parts.node(Op::Relu(Relu { kind }), [Some(input)], [output]);
    output
}

#[test]
fn half_precision_weights_are_expanded_once() {
    let mut parts = GraphParts::default();
    let input = parts.tensor(float("input", [1, 2]));
    let halves = [0x3c00_u16, 0xc000, 0x3800, 0x0000].map(u16::to_le_bytes);
    let stored = parts.tensor(
        Tensor::new("weights", DataType::Float16, [2, 2])
            .with_constant(Constant::copied(halves.as_flattened())),
    );
    let expanded = parts.tensor(float("expanded", [2, 2]));
    let output = parts.tensor(float("output", [1, 2]));
    parts.node(Op::Dequantize(Dequantize), [Some(stored)], [expanded]);
    let fully_connected = FullyConnected {
        activation: Activation::None,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    };
    parts.node(
        Op::FullyConnected(fully_connected),
        [Some(input), Some(expanded), None],
        [output],
    );
    (parts.inputs, parts.outputs) = (vec![input], vec![output]);
    let mut session = session(parts).unwrap();
    let counters = session.counters()[0];
    assert_eq!(counters.expanded_float32_bytes, 16);
    // Two rows of sixteen lanes, and nothing beside them.
    assert_eq!(counters.weight_bytes, 2 * 16 * 4);
    let value = Value::from_slice([1, 2], &[3.0_f32, 0.5]).unwrap();
    for _ in 0..2 {
        let outputs = session.run(std::slice::from_ref(&value)).unwrap();
        assert_eq!(outputs[0].as_slice::<f32>().unwrap(), [2.0, 1.5]);
    }
}

#[test]
fn shapes_that_only_an_invocation_shows() {
    let mut parts = GraphParts::default();
    let input = parts.tensor(float("input", [6]));
    let extents = parts.tensor(Tensor::new("extents", DataType::Int32, [2]));
    let reshaped = parts.tensor(float("reshaped", [1, 1]));
    parts.node(
        Op::Reshape(Reshape { new_shape: None }),
        [Some(input), Some(extents)],
        [reshaped],
    );
    let output = relu(&mut parts, reshaped, [1, 1]);
    (parts.inputs, parts.outputs) = (vec![input, extents], vec![output]);
    let mut session = session(parts).unwrap();
    let elements = Value::from_slice([6], &[1.0_f32, -1.0, 2.0, -2.0, 3.0, -3.0]).unwrap();
    for extents in [[2, 3], [-1, 1]] {
        let extents_value = Value::from_slice([2], &extents).unwrap();
        let outputs = session.run(&[elements.clone(), extents_value]).unwrap();
        let rows = if extents[0] < 0 { 6 } else { 2 };
        assert_eq!(outputs[0].shape()[..], [rows, 6 / rows]);
        assert_eq!(
            outputs[0].as_slice::<f32>().unwrap(),
            [1.0, 0.0, 2.0, 0.0, 3.0, 0.0]
        );
    }
    let wrong = Value::from_slice([2], &[4, 4]).unwrap();
    let error = session.run(&[elements, wrong]).unwrap_err();
    assert!(error.to_string().contains("RESHAPE"), "{error}");
}

#[test]
fn memory_of_dead_tensors_is_used_again() {
    let shape = [1, 1000];
    let mut parts = GraphParts::default();
    let input = parts.tensor(float("input", shape));
    let first = relu(&mut parts, input, shape);
    let mut last = first;
    for _ in 0..10 {
        last = relu(&mut parts, last, shape);
    }
    // The first result lives on until here.
    let output = parts.tensor(float("sum", shape));
    let add = Add {
        activation: Activation::None,
        pot_scale_int16: false,
    };
    parts.node(Op::Add(add), [Some(first), Some(last)], [output]);
    (parts.inputs, parts.outputs) = (vec![input], vec![output]);
    let mut session = session(parts).unwrap();
    let elements: Vec<f32> = (0..1000).map(|index| (index - 500) as f32).collect();
    let value = Value::from_slice(shape, &elements).unwrap();
    for _ in 0..2 {
        let outputs = session.run(std::slice::from_ref(&value)).unwrap();
        let sums = outputs[0].as_slice::<f32>().unwrap();
        assert!(std::iter::zip(sums, &elements).all(|(sum, x)| *sum == 2.0 * x.max(0.0)));
    }
    // Each tensor starts at a multiple of 64.
    assert_eq!(session.counters()[0].arena_bytes, 2 * 4032 + 4000);
}

#[test]
fn memory_counts_where_most_is_needed() {
    let mut parts = GraphParts::default();
    let input = parts.tensor(float("input", [1, 100]));
    let wide = relu(&mut parts, input, [1, 100]);
    let narrow = parts.tensor(float("narrow", [1, 1]));
    let weights = [1.0_f32; 100].map(f32::to_le_bytes);
    let weights = parts
        .tensor(float("weights", [1, 100]).with_constant(Constant::copied(weights.as_flattened())));
    let fully_connected = FullyConnected {
        activation: Activation::None,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    };
    parts.node(
        Op::FullyConnected(fully_connected),
        [Some(wide), Some(weights)],
        [narrow],
    );
    // The session gives its memory.
    let output = relu(&mut parts, narrow, [1, 1]);
    (parts.inputs, parts.outputs) = (vec![input], vec![output]);
    let mut session = session(parts).unwrap();
    let value = Value::from_slice([1, 100], &[0.5_f32; 100]).unwrap();
    let outputs = session.run(&[value]).unwrap();
    assert_eq!(outputs[0].as_slice::<f32>().unwrap(), [50.0]);
    assert_eq!(session.counters()[0].arena_bytes, 448 + 4);
}

#[test]
fn outputs_that_follow_from_constants() {
    let mut parts = GraphParts::default();
    let constant = parts.tensor(float("constant", [2]).with_constant(Constant::copied(
        [1.5_f32, -1.0].map(f32::to_le_bytes).as_flattened(),
    )));
    let output = relu(&mut parts, constant, [2]);
    parts.outputs = vec![output];
    let mut session = session(parts).unwrap();
    assert_eq!(session.counters()[0].weight_bytes, 8);
    let outputs = session.run(&[]).unwrap();
    assert_eq!(outputs[0].as_slice::<f32>().unwrap(), [1.5, 0.0]);
}

#[test]
fn rejections_name_their_reason() {
    let build = |dtype: DataType, zero_point: i32| {
        let tensor = |name: &str| {
            Tensor::new(name, dtype, [2]).quantized(Quantization::per_tensor(0.5, zero_point))
        };
        let mut parts = GraphParts::default();
        let (input, output) = (
            parts.tensor(tensor("input")),
            parts.tensor(tensor("output")),
        );
        let kind = ReluKind::Relu6;
        parts.node(Op::Relu(Relu { kind }), [Some(input)], [output]);
        (parts.inputs, parts.outputs) = (vec![input], vec![output]);
        session(parts)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    assert_eq!(build(DataType::Int8, -3), Ok(()));
    let outside = build(DataType::Int8, 200).unwrap_err();
    assert!(
        outside.contains("invalid") && outside.contains("zero point 200"),
        "{outside}"
    );
    let wide = build(DataType::Int64, 0).unwrap_err();
    assert!(wide.contains("no kernel from int64 to int64"), "{wide}");
}
