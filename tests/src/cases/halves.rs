//! Arithmetic of float16 tensors, by the ops that LiteRT's reference kernels have for them.

use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::relu::ReluKind;
use demilite_core::op::{
    Activation, Add, Div, ElementwiseBinary, ElementwiseUnary, Gelu, HardSwish, LeakyRelu,
    Logistic, Mul, Relu, Softmax, Sub, Tanh,
};
use demilite_core::{DataType, Op};

use super::activation_name;
use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;

use DataType::Float16;

/// Shapes of two inputs that broadcast together.
const PAIRS: [(&[usize], &[usize]); 3] =
    [(&[13], &[13]), (&[5, 7], &[5, 1]), (&[2, 3, 5, 7], &[7])];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for activation in [Activation::None, Activation::Relu, Activation::Relu6] {
        let add = Op::Add(Add {
            activation,
            pot_scale_int16: false,
        });
        let mul = Op::Mul(Mul { activation });
        for (left, right) in PAIRS {
            let words = format!("{}/{}", extents(left), extents(right));
            let words = format!("{words}/{}", activation_name(activation));
            cases.push(of("add", &words, add.clone(), &[left, right]));
            cases.push(of("mul", &words, mul.clone(), &[left, right]));
        }
    }
    let atan2 = Op::ElementwiseBinary(ElementwiseBinary {
        kind: BinaryKind::Atan2,
    });
    cases.push(of(
        "elementwise_binary",
        "5x7/atan2",
        atan2,
        &[&[5, 7], &[5, 7]],
    ));
    let shape: &[usize] = &[2, 3, 5, 7];
    for kind in [
        UnaryKind::Cos,
        UnaryKind::Floor,
        UnaryKind::Round,
        UnaryKind::Sin,
    ] {
        let op = Op::ElementwiseUnary(ElementwiseUnary { kind });
        let words = format!("2x3x5x7/{}", op.name().to_lowercase());
        cases.push(of("elementwise_unary", &words, op, &[shape]));
    }
    for approximate in [false, true] {
        let words = if approximate {
            "2x3x5x7/approximate"
        } else {
            "2x3x5x7"
        };
        cases.push(of("gelu", words, Op::Gelu(Gelu { approximate }), &[shape]));
    }
    cases.push(of("logistic", "2x3x5x7", Op::Logistic(Logistic), &[shape]));
    cases.push(of(
        "softmax",
        "2x3x5x7",
        Op::Softmax(Softmax { beta: 1.0 }),
        &[shape],
    ));
    cases.push(of("tanh", "2x3x5x7", Op::Tanh(Tanh), &[shape]));
    cases.extend(elsewhere());
    cases
}

/// What LiteRT computes with XNNPACK alone.
fn elsewhere() -> Vec<Case> {
    let activation = Activation::Relu6;
    let sub = Op::Sub(Sub {
        activation,
        pot_scale_int16: false,
    });
    let (left, right): (&[usize], &[usize]) = (&[5, 7], &[7]);
    let relu = Op::Relu(Relu {
        kind: ReluKind::Relu6,
    });
    let rows: [(&str, Op, &[&[usize]]); 5] = [
        ("div", Op::Div(Div { activation }), &[left, right]),
        ("hard_swish", Op::HardSwish(HardSwish), &[left]),
        (
            "leaky_relu",
            Op::LeakyRelu(LeakyRelu { alpha: 0.3 }),
            &[left],
        ),
        ("relu", relu, &[left]),
        ("sub", sub, &[left, right]),
    ];
    rows.into_iter()
        .map(|(stem, op, shapes)| named(format!("{stem}/float16/halves_elsewhere/5x7"), op, shapes))
        .collect()
}

fn of(stem: &str, words: &str, op: Op, shapes: &[&[usize]]) -> Case {
    named(format!("{stem}/float16/halves/{words}"), op, shapes)
}

fn named(name: String, op: Op, shapes: &[&[usize]]) -> Case {
    let mut draft = Draft::new(name).within(8.0);
    let inputs: Vec<_> = shapes
        .iter()
        .map(|shape| draft.input_with(Float16, shape, None))
        .collect();
    draft.finish(op, &inputs, Float16, None, Rounding::Function)
}
