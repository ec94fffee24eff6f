//! Arithmetic of float16 tensors.

use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::{
    Activation, Add, ElementwiseBinary, ElementwiseUnary, Gelu, Logistic, Mul, Softmax, Tanh,
};
use demilite_core::{DataType, Op};

use super::draw::Draw;
use crate::case::Case;
use crate::float_bound::Rounding;

use DataType::Float16;

pub(super) fn binary_halves(draw: &mut Draw) -> Case {
    let activation = draw.one(&[
        Activation::None,
        Activation::None,
        Activation::Relu,
        Activation::Relu6,
        Activation::ReluN1To1,
    ]);
    let pot_scale_int16 = draw.one_in(2);
    let atan2 = Op::ElementwiseBinary(ElementwiseBinary {
        kind: BinaryKind::Atan2,
    });
    let (stem, op) = draw.one(&[
        (
            "add",
            Op::Add(Add {
                activation,
                pot_scale_int16,
            }),
        ),
        ("mul", Op::Mul(Mul { activation })),
        ("elementwise_binary", atan2),
    ]);
    let [left, mut right] = draw.broadcast(4);
    if stem == "elementwise_binary" {
        right.clone_from(&left);
    }
    let limit = draw.one(&[1.0, 8.0, 300.0, 60_000.0]);
    let mut draft = draw.draft(stem, Float16, "halves").within(limit);
    let inputs = [left, right].map(|shape| draft.input_with(Float16, &shape, None));
    draft.finish(op, &inputs, Float16, None, Rounding::Function)
}

pub(super) fn unary_halves(draw: &mut Draw) -> Case {
    let unary = |kind| Op::ElementwiseUnary(ElementwiseUnary { kind });
    let approximate = draw.one_in(2);
    let beta = draw.one(&[1.0, 0.5]);
    let (stem, op) = draw.one(&[
        ("elementwise_unary", unary(UnaryKind::Cos)),
        ("elementwise_unary", unary(UnaryKind::Floor)),
        ("elementwise_unary", unary(UnaryKind::Sin)),
        ("gelu", Op::Gelu(Gelu { approximate })),
        ("logistic", Op::Logistic(Logistic)),
        ("softmax", Op::Softmax(Softmax { beta })),
        ("tanh", Op::Tanh(Tanh)),
    ]);
    let shape = draw.shape(1, 4);
    let mut draft = draw.draft(stem, Float16, "halves");
    let input = draft.input_with(Float16, &shape, None);
    draft.finish(op, &[input], Float16, None, Rounding::Function)
}
