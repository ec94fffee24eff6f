//! Ops of float16 tensors give what they give of the same numbers in float32, rounded once.

use std::sync::Arc;

use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::relu::ReluKind;
use demilite_core::op::{
    Activation, Div, ElementwiseBinary, ElementwiseUnary, HardSwish, LeakyRelu, Relu, Sub,
};
use demilite_core::{DataType, Element, Graph, GraphParts, Model, Op, Session, Tensor, Value};
use demilite_cpu_reference::ReferenceDelegate;
use half::f16;

/// What an op gives of vectors of one type.
fn run<T: Element>(op: &Op, inputs: &[Vec<T>]) -> Vec<T> {
    let length = inputs[0].len();
    let mut parts = GraphParts::default();
    let vector = |name: &str| Tensor::new(name, T::DATA_TYPE, [length]);
    parts.inputs = inputs
        .iter()
        .map(|_| parts.tensor(vector("input")))
        .collect();
    let output = parts.tensor(vector("output"));
    let fed = parts.inputs.clone();
    parts.node(op.clone(), fed.into_iter().map(Some), [output]);
    parts.outputs = vec![output];
    let model = Arc::new(Model::from_graph(Graph::new(parts).expect("a graph")));
    let session = Session::builder(model).delegate(Arc::new(ReferenceDelegate::default()));
    let values: Vec<Value> = inputs
        .iter()
        .map(|input| Value::from_slice([length], input).expect("a vector"))
        .collect();
    let outputs = session
        .build()
        .expect("a session")
        .run(&values)
        .expect("outputs");
    outputs[0].as_slice().expect("its type").to_vec()
}

/// Checks an op on these halves; without an activation sums and products end at the largest finite half.
fn holds(op: &Op, inputs: &[Vec<f16>], is_clamped: bool) {
    let singles: Vec<Vec<f32>> = inputs
        .iter()
        .map(|input| input.iter().map(|number| number.to_f32()).collect())
        .collect();
    let expected = run(op, &singles);
    for (place, (actual, expected)) in std::iter::zip(run(op, inputs), expected).enumerate() {
        let bound = f16::MAX.to_f32();
        let expected = match is_clamped && !expected.is_nan() {
            true => f16::from_f32(expected.clamp(-bound, bound)),
            false => f16::from_f32(expected),
        };
        let is_same = actual.to_bits() == expected.to_bits();
        let operands: Vec<f16> = inputs.iter().map(|input| input[place]).collect();
        assert!(
            is_same || actual.is_nan() && expected.is_nan(),
            "{} of {operands:?}: {actual} where {expected} is expected",
            op.name()
        );
    }
}

fn all_halves() -> Vec<f16> {
    (0..=u16::MAX).map(f16::from_bits).collect()
}

#[test]
fn functions_of_one_number_are_rounded_once() {
    let unary = |kind| Op::ElementwiseUnary(ElementwiseUnary { kind });
    let kinds = [
        UnaryKind::Abs,
        UnaryKind::Ceil,
        UnaryKind::Cos,
        UnaryKind::Elu,
        UnaryKind::Exp,
        UnaryKind::Floor,
        UnaryKind::Round,
        UnaryKind::Sin,
        UnaryKind::Square,
    ];
    let relus = [
        ReluKind::Relu,
        ReluKind::Relu6,
        ReluKind::ReluN1To1,
        ReluKind::Relu0To1,
    ]
    .map(|kind| Op::Relu(Relu { kind }));
    let others = [
        Op::HardSwish(HardSwish),
        Op::LeakyRelu(LeakyRelu { alpha: 0.3 }),
    ];
    for op in kinds.map(unary).into_iter().chain(relus).chain(others) {
        holds(&op, &[all_halves()], false);
    }
    // Where a root or a logarithm is refused otherwise.
    let positive = all_halves()
        .into_iter()
        .filter(|number| *number > f16::ZERO);
    let positive: Vec<f16> = positive.collect();
    for kind in [UnaryKind::Log, UnaryKind::Rsqrt, UnaryKind::Sqrt] {
        holds(&unary(kind), std::slice::from_ref(&positive), false);
    }
}

#[test]
fn pairs_are_rounded_once() {
    let left = all_halves();
    let squared_difference = Op::ElementwiseBinary(ElementwiseBinary {
        kind: BinaryKind::SquaredDifference,
    });
    for step in [1_u16, 257, 12_289] {
        let right = (0..=u16::MAX).map(|bits| f16::from_bits(bits.wrapping_mul(step) ^ 0x2a5));
        let pairs = [left.clone(), right.collect()];
        let activation = Activation::None;
        holds(
            &Op::Sub(Sub {
                activation,
                pot_scale_int16: false,
            }),
            &pairs,
            true,
        );
        holds(&Op::Div(Div { activation }), &pairs, true);
        holds(&squared_difference, &pairs, false);
    }
}

#[test]
fn types_do_not_mix() {
    let mut parts = GraphParts::default();
    let input = parts.tensor(Tensor::new("input", DataType::Float16, [2]));
    let output = parts.tensor(Tensor::new("output", DataType::Float32, [2]));
    let op = Op::HardSwish(HardSwish);
    parts.node(op, [Some(input)], [output]);
    (parts.inputs, parts.outputs) = (vec![input], vec![output]);
    let model = Arc::new(Model::from_graph(Graph::new(parts).expect("a graph")));
    let session = Session::builder(model).delegate(Arc::new(ReferenceDelegate::default()));
    assert!(session.build().is_err());
}
