//! ADD, SUB, MUL and the functions of single elements.

use demilite_core::Op;
use demilite_core::op::relu::ReluKind;
use demilite_core::op::{Activation, Add, HardSwish, Logistic, Mul, Relu, Sub, Tanh};

use crate::single_op::{Array, Input, check, clamp};

type Function = fn(f64, f64) -> f64;
type Unary = fn(f64) -> f64;

fn binary(activation: Activation) -> [(Op, Function); 3] {
    [
        (
            Op::Add(Add {
                activation,
                pot_scale_int16: true,
            }),
            |a, b| a + b,
        ),
        (
            Op::Sub(Sub {
                activation,
                pot_scale_int16: true,
            }),
            |a, b| a - b,
        ),
        (Op::Mul(Mul { activation }), |a, b| a * b),
    ]
}

/// The element of `array` that broadcasts to `index` of `shape`.
fn broadcast(array: &Array, shape: &[usize], index: usize) -> f64 {
    let (mut rest, mut offset, mut step) = (index, 0, 1);
    for (dim, &extent) in shape.iter().enumerate().rev() {
        let at = rest % extent;
        rest /= extent;
        let Some(own) = (dim + array.shape.len()).checked_sub(shape.len()) else {
            continue;
        };
        offset += if array.shape[own] == 1 { 0 } else { at * step };
        step *= array.shape[own];
    }
    array.data[offset]
}

const SHAPES: &[(&[usize], &[usize], &[usize])] = &[
    (&[7], &[7], &[7]),
    (&[2, 3, 5, 7], &[2, 3, 5, 7], &[2, 3, 5, 7]),
    (&[1, 4, 4, 8], &[8], &[1, 4, 4, 8]),
    (&[1, 3, 5, 7], &[7], &[1, 3, 5, 7]),
    (&[2, 3, 4], &[2, 1, 4], &[2, 3, 4]),
    (&[2, 1, 8], &[2, 3, 1], &[2, 3, 8]),
    (&[5, 1], &[1, 3], &[5, 3]),
    (&[2, 3, 5], &[1], &[2, 3, 5]),
    (
        &[1, 2, 1, 3, 1, 4],
        &[2, 1, 5, 1, 3, 1],
        &[2, 2, 5, 3, 3, 4],
    ),
    (&[3, 1, 5, 1, 2], &[1, 4, 1, 3, 2], &[3, 4, 5, 3, 2]),
];

#[test]
fn broadcasting_both_ways() {
    for &(left, right, output) in SHAPES {
        for (op, function) in binary(Activation::None) {
            for (left, right) in [(left, right), (right, left)] {
                let (a, b) = (Array::random(left, 10), Array::random(right, 11));
                let expected = Array::new(output, |i| {
                    function(broadcast(&a, output, i), broadcast(&b, output, i))
                });
                let name = format!("{} {left:?} {right:?}", op.name());
                check(&name, &op, &[Input::Fed(a), Input::Fed(b)], &expected);
            }
        }
    }
}

#[test]
fn constants_on_either_side() {
    let shape = [2, 3, 4];
    for (op, function) in binary(Activation::Relu) {
        for constant in [Input::Constant as fn(Array) -> Input, Input::Half] {
            for other in [&shape[..], &[4], &[1]] {
                let (a, b) = (Array::random(&shape, 12), Array::random(other, 13));
                let at = |array: &Array, i| broadcast(array, &shape, i);
                let right = Array::new(&shape, |i| function(at(&a, i), at(&b, i)).max(0.0));
                check(
                    op.name(),
                    &op,
                    &[Input::Fed(a.clone()), constant(b.clone())],
                    &right,
                );
                let left = Array::new(&shape, |i| function(at(&b, i), at(&a, i)).max(0.0));
                check(op.name(), &op, &[constant(b), Input::Fed(a)], &left);
            }
        }
    }
}

#[test]
fn a_tensor_with_itself_and_clamped() {
    for activation in [Activation::Relu6, Activation::ReluN1To1] {
        for (op, function) in binary(activation) {
            let a = Array::random(&[3, 7], 14);
            let expected = Array::new(&[3, 7], |i| {
                clamp(function(a.data[i], a.data[i]), activation)
            });
            check(
                op.name(),
                &op,
                &[Input::Fed(a.clone()), Input::Fed(a)],
                &expected,
            );
        }
    }
}

#[test]
fn functions_of_single_elements() {
    let relu = |kind| Op::Relu(Relu { kind });
    let cases: [(Op, Unary); 7] = [
        (relu(ReluKind::Relu), |x| x.max(0.0)),
        (relu(ReluKind::Relu6), |x| x.clamp(0.0, 6.0)),
        (relu(ReluKind::ReluN1To1), |x| x.clamp(-1.0, 1.0)),
        (relu(ReluKind::Relu0To1), |x| x.clamp(0.0, 1.0)),
        (Op::HardSwish(HardSwish), |x| {
            x * (x + 3.0).clamp(0.0, 6.0) / 6.0
        }),
        (Op::Logistic(Logistic), |x| 1.0 / (1.0 + (-x).exp())),
        (Op::Tanh(Tanh), f64::tanh),
    ];
    for (op, function) in cases {
        for shape in [&[1][..], &[5], &[2, 3, 7], &[1, 8, 8, 4]] {
            let mut x = Array::random(shape, 15);
            x.data.iter_mut().for_each(|v| *v *= 4.0);
            // Far from zero, where exp overflows.
            x.data[0] = 1000.0;
            if let Some(second) = x.data.get_mut(1) {
                *second = -1000.0;
            }
            let expected = Array::new(shape, |i| function(x.data[i]));
            check(op.name(), &op, &[Input::Fed(x)], &expected);
        }
    }
}
