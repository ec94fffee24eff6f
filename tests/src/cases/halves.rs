//! Arithmetic of float16 tensors, by the ops that LiteRT's reference kernels have for them.

use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::{
    Activation, Add, ElementwiseBinary, ElementwiseUnary, Gelu, Logistic, Mul, Softmax, Tanh,
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
    cases
}

fn of(stem: &str, words: &str, op: Op, shapes: &[&[usize]]) -> Case {
    let mut draft = Draft::new(format!("{stem}/float16/halves/{words}")).within(8.0);
    let inputs: Vec<_> = shapes
        .iter()
        .map(|shape| draft.input_with(Float16, shape, None))
        .collect();
    draft.finish(op, &inputs, Float16, None, Rounding::Function)
}
