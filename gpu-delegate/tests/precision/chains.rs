//! Chains of nodes whose values leave the range of 16-bit floats, or vanish in it.

use std::sync::Arc;

use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::op::{
    Activation, Add, ElementwiseBinary, ElementwiseUnary, Mean, Mul, Reduction, Softmax, Sub,
};
use demilite_core::{DataType, Model, Op, TensorId, Value};

use crate::network::{Network, outputs, types};
use demilite_gpu::Precision;

const ROWS: usize = 4;
const DEPTH: usize = 64;
const WHOLE: [usize; 2] = [ROWS, DEPTH];
const KEPT: [usize; 2] = [ROWS, 1];

fn add() -> Op {
    Op::Add(Add {
        activation: Activation::None,
        pot_scale_int16: true,
    })
}

fn mul() -> Op {
    Op::Mul(Mul {
        activation: Activation::None,
    })
}

fn binary(kind: BinaryKind) -> Op {
    Op::ElementwiseBinary(ElementwiseBinary { kind })
}

fn unary(kind: UnaryKind) -> Op {
    Op::ElementwiseUnary(ElementwiseUnary { kind })
}

fn sum() -> Op {
    Op::Reduction(Reduction {
        kind: ReductionKind::Sum,
        keep_dims: true,
    })
}

fn mean() -> Op {
    Op::Mean(Mean { keep_dims: true })
}

/// The gate of a squeeze-and-excite block: the input times its mean, by way of its sum.
fn gate(net: &mut Network, x: TensorId) -> TensorId {
    let axis = net.integers(&[1]);
    let total = net.node(sum(), &[x, axis], &KEPT);
    let share = net.floats(&[1], &[1.0 / DEPTH as f32]);
    let mean = net.node(mul(), &[total, share], &KEPT);
    net.node(mul(), &[x, mean], &WHOLE)
}

fn layer_norm(net: &mut Network, x: TensorId) -> TensorId {
    let axis = net.integers(&[1]);
    let centre = net.node(mean(), &[x, axis], &KEPT);
    let squares = net.node(binary(BinaryKind::SquaredDifference), &[x, centre], &WHOLE);
    let variance = net.node(mean(), &[squares, axis], &KEPT);
    let epsilon = net.floats(&[1], &[1e-6]);
    let shifted = net.node(add(), &[variance, epsilon], &KEPT);
    let inverse = net.node(unary(UnaryKind::Rsqrt), &[shifted], &KEPT);
    let difference = Op::Sub(Sub {
        activation: Activation::None,
        pot_scale_int16: true,
    });
    let centred = net.node(difference, &[x, centre], &WHOLE);
    net.node(mul(), &[centred, inverse], &WHOLE)
}

/// As `tf.math.l2_normalize` does it.
fn unit_length(net: &mut Network, x: TensorId) -> TensorId {
    let axis = net.integers(&[1]);
    let squares = net.node(unary(UnaryKind::Square), &[x], &WHOLE);
    let total = net.node(sum(), &[squares, axis], &KEPT);
    let epsilon = net.floats(&[], &[1e-12]);
    let bounded = net.node(binary(BinaryKind::Maximum), &[total, epsilon], &KEPT);
    let inverse = net.node(unary(UnaryKind::Rsqrt), &[bounded], &KEPT);
    net.node(mul(), &[x, inverse], &WHOLE)
}

fn softmax(net: &mut Network, x: TensorId) -> TensorId {
    net.node(Op::Softmax(Softmax { beta: 1.0 }), &[x], &WHOLE)
}

type Chain = fn(&mut Network, TensorId) -> TensorId;

/// The chain on what is fed.
fn alone(chain: Chain) -> Arc<Model> {
    let mut net = Network::default();
    let input = net.input(DataType::Float32, &WHOLE);
    let output = chain(&mut net, input);
    net.output(output);
    net.model()
}

/// The chain behind and before layers of float16 weights, the first of which scales what is fed. What the tests feed float16
/// holds between them.
fn between_layers(chain: Chain, gain: f32) -> Arc<Model> {
    let mut net = Network::default();
    let mut x = net.input(DataType::Float32, &WHOLE);
    for gain in [1.0 / 16.0, 1.0, 16.0 * gain] {
        x = net.layer(x, WHOLE, gain);
    }
    x = chain(&mut net, x);
    x = net.layer(x, WHOLE, 1.0);
    net.output(x);
    net.model()
}

/// Holds both models to the reference: each element to a share of the largest of its row.
fn check(chain: Chain, gain: f32, input: impl Fn(usize, usize) -> f32) {
    let elements = (0..ROWS * DEPTH).map(|i| input(i / DEPTH, i % DEPTH));
    let input = Value::from_slice(WHOLE, &elements.collect::<Vec<f32>>()).unwrap();
    for (model, share) in [(alone(chain), 1e-5), (between_layers(chain, gain), 1e-4)] {
        let Some([actual, expected]) = outputs(&model, &input) else {
            return;
        };
        assert!(expected.iter().all(|v| v.is_finite()), "{expected:?}");
        for (row, (actual, expected)) in
            std::iter::zip(actual.chunks(DEPTH), expected.chunks(DEPTH)).enumerate()
        {
            let largest = expected.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
            for (at, (a, e)) in std::iter::zip(actual, expected).enumerate() {
                let distance = (a - e).abs();
                assert!(
                    distance <= share * largest,
                    "element {at} of row {row} is {a}, not {e}"
                );
            }
        }
    }
    let types = types(&between_layers(chain, gain), Precision::Auto).unwrap();
    let has = |wanted| types.iter().any(|&(_, dtype)| dtype == wanted);
    assert!(
        has(DataType::Float16) && has(DataType::Float32),
        "{types:?}"
    );
}

/// LOG(1 + EXP(x)), whose exponential has no float32 beyond 88.7: the sum is held at the greatest one, as in LiteRT.
#[test]
fn sums_end_at_the_greatest_float() {
    let mut net = Network::default();
    let input = net.input(DataType::Float32, &[4]);
    let exp = net.node(unary(UnaryKind::Exp), &[input], &[4]);
    let one = net.floats(&[1], &[1.0]);
    let sum = net.node(add(), &[exp, one], &[4]);
    let output = net.node(unary(UnaryKind::Log), &[sum], &[4]);
    net.output(output);
    let numbers = Value::from_slice([4], &[160.0_f32, -160.0, 0.0, 88.0]).unwrap();
    let Some([found, expected]) = outputs(&net.model(), &numbers) else {
        return;
    };
    assert!((expected[0] - 88.722_84).abs() < 1e-4, "{expected:?}");
    for (found, expected) in std::iter::zip(&found, &expected) {
        assert!((found - expected).abs() < 1e-4, "{found} for {expected}");
    }
}

#[test]
fn sums_go_beyond_65504() {
    check(gate, 1.0, |row, at| 1500.0 + (row * 7 + at) as f32);
}

#[test]
fn outliers_of_a_layer_norm_stay_in_proportion() {
    check(layer_norm, 1.0, |row, at| match at {
        5 => 4000.0 + 16.0 * row as f32,
        _ => (at as f32 - 31.0) / 8.0,
    });
}

#[test]
fn rows_of_zeros_and_of_tiny_numbers_have_a_length() {
    check(unit_length, 1.0, |row, at| match row {
        0 => 0.0,
        1 => (1.0 + (at % 3) as f32) / 4096.0,
        _ => at as f32 - 20.0,
    });
}

#[test]
fn large_logits_have_a_softmax() {
    check(softmax, 512.0, |row, at| match at {
        9 => 196.0 + row as f32 / 4.0,
        10 => 196.0,
        _ => at as f32 - 300.0,
    });
}
