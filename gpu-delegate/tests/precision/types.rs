//! Which nodes keep which floats.

use demilite_core::op::{
    Activation, Dequantize, Logistic, Mean, Mul, Quantize, Relu, relu::ReluKind,
};
use demilite_core::{DataType, NodeId, Op, Quantization};
use demilite_gpu::Precision;

use crate::network::{Network, types};

const WHOLE: [usize; 2] = [4, 8];

fn relu() -> Op {
    Op::Relu(Relu {
        kind: ReluKind::Relu,
    })
}

fn mul() -> Op {
    Op::Mul(Mul {
        activation: Activation::None,
    })
}

#[test]
fn without_float16_weights_all_nodes_keep_float32() {
    let mut net = Network::default();
    let input = net.input(DataType::Float32, &WHOLE);
    let hidden = net.node(relu(), &[input], &WHOLE);
    let output = net.node(Op::Logistic(Logistic), &[hidden], &WHOLE);
    net.output(output);
    let model = net.model();
    for (precision, dtype) in [
        (Precision::Auto, DataType::Float32),
        (Precision::F32, DataType::Float32),
        (Precision::F16, DataType::Float16),
    ] {
        let Some(types) = types(&model, precision) else {
            return;
        };
        assert_eq!(
            types,
            [(NodeId(0), dtype), (NodeId(1), dtype)],
            "{precision:?}"
        );
    }
}

#[test]
fn floats_between_layers_of_integers_are_float32_on_any_request() {
    let quantization = Quantization::per_tensor(0.5, 0);
    let mut net = Network::default();
    let input = net.input(DataType::Float32, &WHOLE);
    let fed = net.quantized_node(Op::Quantize(Quantize), input, quantization.clone(), &WHOLE);
    let layer = net.integer_layer(fed, WHOLE);
    let floats = net.node(Op::Dequantize(Dequantize), &[layer], &WHOLE);
    let island = net.node(Op::Logistic(Logistic), &[floats], &WHOLE);
    let output = net.quantized_node(Op::Quantize(Quantize), island, quantization, &WHOLE);
    net.output(output);
    let model = net.model();
    for precision in [Precision::Auto, Precision::F32, Precision::F16] {
        let Some(types) = types(&model, precision) else {
            return;
        };
        assert_eq!(types.len(), 4, "{types:?}");
        assert!(types.iter().all(|(_, dtype)| *dtype == DataType::Float32));
    }
}

#[test]
fn floats_between_integers_are_float32() {
    let mut net = Network::default();
    let input = net.input(DataType::Float32, &WHOLE);
    let hidden = net.node(relu(), &[input], &WHOLE);
    let quantization = Quantization::per_tensor(0.5, 0);
    let output = net.quantized_node(Op::Quantize(Quantize), hidden, quantization, &WHOLE);
    net.output(output);
    let Some(types) = types(&net.model(), Precision::Auto) else {
        return;
    };
    assert!(types.iter().all(|(_, dtype)| *dtype == DataType::Float32));
}

/// Layers between the first and the last one keep float16, but for what depends on a mean: its gate, up to a bounded function.
#[test]
fn a_gate_keeps_float32_and_the_layers_beside_it_float16() {
    let mut net = Network::default();
    let input = net.input(DataType::Float32, &WHOLE);
    let first = net.layer(input, WHOLE, 0.5);
    let wide = net.layer(first, WHOLE, 0.5);
    let hidden = net.node(relu(), &[wide], &WHOLE);
    let axis = net.integers(&[1]);
    let mean = net.node(Op::Mean(Mean { keep_dims: true }), &[hidden, axis], &[4, 1]);
    let gate = net.node(Op::Logistic(Logistic), &[mean], &[4, 1]);
    let gated = net.node(mul(), &[hidden, gate], &WHOLE);
    let inner = net.layer(gated, WHOLE, 0.5);
    let last = net.layer(inner, WHOLE, 0.5);
    net.output(last);
    let model = net.model();
    let Some(found) = types(&model, Precision::Auto) else {
        return;
    };
    // Nodes without the DEQUANTIZE nodes of the weights.
    let kept: Vec<DataType> = found.iter().map(|&(_, dtype)| dtype).collect();
    use DataType::{Float16, Float32};
    assert_eq!(
        kept,
        [
            Float32, Float16, Float16, Float32, Float32, Float16, Float16, Float32
        ]
    );
    let forced = types(&model, Precision::F16).unwrap_or_default();
    assert!(forced.iter().all(|(_, dtype)| *dtype == Float16));
}
