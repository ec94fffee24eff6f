//! Each clause broken once, and a graph that breaks none.

use super::*;
use crate::graph::GraphParts;
use crate::op::{Activation, Conv2d, Op, Padding, Softmax};
use crate::quantization::Quantization;
use crate::tensor::Constant;

const INPUT_SCALE: f32 = 0.5;
const WEIGHT_SCALES: [f32; 2] = [0.25, 0.125];

/// An int8 CONV_2D of two output channels, as the specification wants it.
fn conv() -> GraphParts {
    let mut parts = GraphParts::default();
    let quantized = |name: &str, shape: &[usize], quantization| {
        Tensor::new(name, DataType::Int8, shape.to_vec()).quantized(quantization)
    };
    let input = quantized(
        "input",
        &[1, 1, 1, 2],
        Quantization::per_tensor(INPUT_SCALE, 7),
    );
    let input = parts.tensor(input);
    let filter = quantized(
        "filter",
        &[2, 1, 1, 2],
        Quantization::per_axis(WEIGHT_SCALES, 0),
    );
    let filter = parts.tensor(filter.with_constant(Constant::copied(&[1, 2, 3, 0x81])));
    let bias_scales = WEIGHT_SCALES.map(|scale| scale * INPUT_SCALE);
    let bias = Tensor::new("bias", DataType::Int32, [2])
        .quantized(Quantization::per_axis(bias_scales, 0))
        .with_constant(Constant::copied(&[0; 8]));
    let bias = parts.tensor(bias);
    let output = quantized("output", &[1, 1, 1, 2], Quantization::per_tensor(0.75, -3));
    let output = parts.tensor(output);
    let op = Op::Conv2d(Conv2d {
        padding: Padding::Valid,
        stride_h: 1,
        stride_w: 1,
        dilation_h: 1,
        dilation_w: 1,
        activation: Activation::None,
        quantized_bias_type: 0,
    });
    parts.node(op, [Some(input), Some(filter), Some(bias)], [output]);
    parts.inputs = vec![input];
    parts.outputs = vec![output];
    parts
}

fn clauses(change: impl FnOnce(&mut GraphParts)) -> Vec<(usize, Clause)> {
    let mut parts = conv();
    change(&mut parts);
    let graph = Graph::new(parts).expect("a breach of the specification is not an invalid graph");
    let breaches = breaches(&graph).into_iter();
    breaches
        .map(|breach| (breach.tensor.0, breach.clause))
        .collect()
}

fn quantization(parts: &mut GraphParts, tensor: usize) -> &mut Quantization {
    let quantization = parts.tensors[tensor].quantization.as_mut();
    quantization.expect("every tensor of the graph is quantized")
}

#[test]
fn a_graph_by_the_book_breaks_nothing() {
    assert_eq!(clauses(|_| {}), []);
}

#[test]
fn each_clause_is_found_where_it_is_broken() {
    assert_eq!(
        clauses(|parts| quantization(parts, 0).zero_point = vec![128]),
        [(0, Clause::ActivationZeroPoint)]
    );
    assert_eq!(
        clauses(|parts| *quantization(parts, 3) = Quantization::per_axis([1.0, 2.0], 3)),
        [(3, Clause::ActivationPerTensor)]
    );
    assert_eq!(
        clauses(|parts| quantization(parts, 1).zero_point = vec![0, 1]),
        [(1, Clause::WeightSymmetric)]
    );
    assert_eq!(
        clauses(|parts| {
            parts.tensors[1].constant = Some(Constant::copied(&[1, 2, 3, 0x80]));
        }),
        [(1, Clause::WeightRange)]
    );
    assert_eq!(
        clauses(|parts| quantization(parts, 1).quantized_dimension = 3),
        [(1, Clause::WeightDimension)]
    );
    assert_eq!(
        clauses(|parts| {
            parts.tensors[2].dtype = DataType::Int16;
            parts.tensors[2].constant = Some(Constant::copied(&[0; 4]));
        }),
        [(2, Clause::BiasType)]
    );
    assert_eq!(
        clauses(|parts| quantization(parts, 2).zero_point = vec![4]),
        [(2, Clause::BiasSymmetric)]
    );
    assert_eq!(
        clauses(|parts| quantization(parts, 2).scale[1] *= 1.01),
        [(2, Clause::BiasScale)]
    );
}

#[test]
fn outputs_follow_their_ops_row() {
    let softmax = |scale, zero_point| {
        let mut parts = GraphParts::default();
        let quantized =
            |quantization| Tensor::new("t", DataType::Int8, [1, 4]).quantized(quantization);
        let input = parts.tensor(quantized(Quantization::per_tensor(0.1, 0)));
        let output = parts.tensor(quantized(Quantization::per_tensor(scale, zero_point)));
        parts.node(Op::Softmax(Softmax { beta: 1.0 }), [Some(input)], [output]);
        parts.inputs = vec![input];
        let graph = Graph::new(parts).expect("valid");
        breaches(&graph)
            .iter()
            .map(|b| b.clause)
            .collect::<Vec<_>>()
    };
    assert_eq!(softmax(1.0 / 256.0, -128), []);
    assert_eq!(softmax(1.0 / 255.0, -128), [Clause::FixedOutput]);
    assert_eq!(softmax(1.0 / 256.0, 0), [Clause::FixedOutput]);
}

#[test]
fn the_table_has_the_specifications_38_ops_once_each() {
    let operators: std::collections::BTreeSet<_> = TABLE.iter().map(|rule| rule.operator).collect();
    assert_eq!((operators.len(), TABLE.len()), (38, 38));
}

#[test]
fn reals_keep_a_graph_from_being_integer_only() {
    let graph = Graph::new(conv()).expect("valid");
    assert_eq!(obstacles_to_integer_only(&graph), []);
    let mut parts = conv();
    parts.tensors[3] = Tensor::new("output", DataType::Float32, [1, 1, 1, 2]);
    let graph = Graph::new(parts).expect("valid");
    assert_eq!(
        obstacles_to_integer_only(&graph),
        [Obstacle {
            tensor: TensorId(3),
            node: Some(NodeId(0)),
            dtype: DataType::Float32
        }]
    );
}
