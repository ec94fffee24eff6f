//! Elementwise nodes one after the other.

use demilite_core::op::elementwise_binary::{BinaryKind, ElementwiseBinary};
use demilite_core::op::elementwise_unary::{ElementwiseUnary, UnaryKind};
use demilite_core::op::relu::ReluKind;
use demilite_core::op::{
    Activation, Div, Gelu, HardSwish, LeakyRelu, Logistic, Prelu, Relu, Sub, Tanh,
};
use demilite_core::{Op, TensorId};

use crate::network::{FLOAT, HALF, Network};

const UNARY: [UnaryKind; 15] = [
    UnaryKind::Abs,
    UnaryKind::Ceil,
    UnaryKind::Cos,
    UnaryKind::Elu,
    UnaryKind::Exp,
    UnaryKind::Floor,
    UnaryKind::Log,
    UnaryKind::Neg,
    UnaryKind::Round,
    UnaryKind::Rsqrt,
    UnaryKind::Sign,
    UnaryKind::Sin,
    UnaryKind::Sqrt,
    UnaryKind::Square,
    UnaryKind::Abs,
];

fn unary(kind: UnaryKind) -> Op {
    Op::ElementwiseUnary(ElementwiseUnary { kind })
}

fn binary(kind: BinaryKind) -> Op {
    Op::ElementwiseBinary(ElementwiseBinary { kind })
}

fn relu(kind: ReluKind) -> Op {
    Op::Relu(Relu { kind })
}

fn functions() -> Vec<Op> {
    let kinds = [ReluKind::Relu, ReluKind::Relu6, ReluKind::ReluN1To1];
    let mut ops: Vec<Op> = UNARY.into_iter().map(unary).collect();
    ops.extend(kinds.map(relu));
    ops.extend([
        Op::Gelu(Gelu { approximate: false }),
        Op::Gelu(Gelu { approximate: true }),
        Op::HardSwish(HardSwish),
        Op::LeakyRelu(LeakyRelu { alpha: 0.25 }),
        Op::Logistic(Logistic),
        Op::Tanh(Tanh),
    ]);
    ops
}

#[test]
fn every_function_is_a_step() {
    for op in functions() {
        let is_of_positive = |kind| matches!(kind, UnaryKind::Log | UnaryKind::Rsqrt);
        let is_of_positive = matches!(&op, Op::ElementwiseUnary(op) if is_of_positive(op.kind) || op.kind == UnaryKind::Sqrt);
        for shape in [&[7][..], &[2, 3, 4]] {
            let mut network = Network::default();
            let x = network.fed(&FLOAT, shape);
            let (first, shift) = match is_of_positive {
                true => (UnaryKind::Abs, 1.0),
                // Far from where rounding first makes a difference.
                false => (UnaryKind::Neg, 0.25 / 64.0),
            };
            let x = network.node(unary(first), &[x], &FLOAT);
            let shift = network.floats(&[], &[shift]);
            let x = network.add([x, shift], Activation::None);
            let x = network.node(op.clone(), &[x], &FLOAT);
            let half = network.floats(&[1], &[0.5]);
            let y = network.mul([half, x]);
            network.output(y);
            let name = format!("{} {shape:?} {op:?}", op.name());
            network.check(&name, &[(0, 3), (1, 3), (2, 3)]);
        }
    }
}

#[test]
fn functions_of_two_tensors_take_the_value_on_either_side() {
    let ops = [
        Network::sum(Activation::ReluN1To1),
        Op::Sub(Sub {
            activation: Activation::Relu,
            pot_scale_int16: true,
        }),
        Op::Div(Div {
            activation: Activation::Relu6,
        }),
        binary(BinaryKind::Maximum),
        binary(BinaryKind::Minimum),
        binary(BinaryKind::SquaredDifference),
        Op::Prelu(Prelu),
    ];
    for op in ops {
        for is_left in [true, false] {
            for other in [&[2, 3, 4][..], &[4], &[3, 1]] {
                if matches!(op, Op::Prelu(_)) && !is_left {
                    continue;
                }
                let mut network = Network::default();
                let x = network.fed(&FLOAT, &[2, 3, 4]);
                let other = network.fed(&FLOAT, other);
                let from_one = |network: &mut Network, x: TensorId| {
                    let x = network.node(unary(UnaryKind::Abs), &[x], &FLOAT);
                    let one = network.floats(&[], &[1.0]);
                    network.add([x, one], Activation::None)
                };
                let other = from_one(&mut network, other);
                let x = from_one(&mut network, x);
                let pair = if is_left { [x, other] } else { [other, x] };
                let y = network.node(op.clone(), &pair, &FLOAT);
                network.output(y);
                let name = format!("{} {is_left}", op.name());
                network.check_some(&name, |fusions| {
                    assert!(fusions.contains(&(0, 1)) || fusions.contains(&(0, 4)));
                    assert!(fusions.len() >= 3, "{fusions:?}");
                });
            }
        }
    }
}

#[test]
fn powers_and_constants() {
    for numbers in [&FLOAT, &HALF] {
        let mut network = Network::default();
        let x = network.fed(&FLOAT, &[2, 3, 5]);
        let slopes = network.constant(numbers, &[5]);
        let offsets = network.constant(numbers, &[2, 3, 5]);
        let first = network.nodes();
        let exponent = network.floats(&[], &[3.0]);
        let x = network.node(binary(BinaryKind::Pow), &[x, exponent], &FLOAT);
        let x = network.node(Op::Prelu(Prelu), &[x, slopes], &FLOAT);
        let y = network.add([offsets, x], Activation::None);
        network.output(y);
        let name = format!("{}", numbers.dtype);
        network.check(&name, &[(first, first + 2), (first + 1, first + 2)]);
    }
}

#[test]
fn what_a_chain_begins_with_may_come_again() {
    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[3, 7]);
    let three = network.floats(&[], &[3.0]);
    let sixth = network.floats(&[], &[1.0 / 6.0]);
    let shifted = network.add([x, three], Activation::None);
    let clamped = network.node(relu(ReluKind::Relu6), &[shifted], &FLOAT);
    let product = network.mul([x, clamped]);
    let y = network.mul([product, sixth]);
    network.output(y);
    network.check("hard swish", &[(0, 3), (1, 3), (2, 3)]);
}

#[test]
fn long_chains_are_several() {
    let mut network = Network::default();
    let mut x = network.fed(&FLOAT, &[3, 7]);
    for _ in 0..10 {
        x = network.node(Op::Tanh(Tanh), &[x], &FLOAT);
    }
    network.output(x);
    let mut fusions: Vec<(usize, usize)> = (0..7).map(|node| (node, 7)).collect();
    fusions.push((8, 9));
    network.check("ten steps", &fusions);
}

#[test]
fn many_operands_make_several_chains() {
    let mut network = Network::default();
    let mut x = network.fed(&FLOAT, &[3, 7]);
    for _ in 0..5 {
        let other = network.fed(&FLOAT, &[3, 7]);
        x = network.add([x, other], Activation::None);
    }
    network.output(x);
    network.check("five operands", &[(0, 2), (1, 2), (3, 4)]);
}

#[test]
fn branches_are_written() {
    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[3, 7]);
    let common = network.node(Op::HardSwish(HardSwish), &[x], &FLOAT);
    let left = network.node(Op::Tanh(Tanh), &[common], &FLOAT);
    let right = network.node(Op::Logistic(Logistic), &[common], &FLOAT);
    network.output(left);
    network.output(right);
    network.check("two outputs", &[]);

    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[3, 7]);
    let common = network.node(Op::HardSwish(HardSwish), &[x], &FLOAT);
    let left = network.node(Op::Tanh(Tanh), &[common], &FLOAT);
    let right = network.node(Op::Logistic(Logistic), &[common], &FLOAT);
    let sum = network.add([left, right], Activation::None);
    network.output(sum);
    network.check("branches that meet", &[(0, 3), (1, 3), (2, 3)]);
}

#[test]
fn kept_tensors_end_chains() {
    let mut network = Network::default();
    let mut x = network.fed(&FLOAT, &[3, 7]);
    for step in 0..4 {
        x = network.node(Op::Tanh(Tanh), &[x], &FLOAT);
        if step == 1 {
            network.keep(x);
        }
    }
    network.output(x);
    network.check("kept", &[(0, 1), (2, 3)]);
}
