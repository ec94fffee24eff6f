//! Ops that compute each element of the output of one element of each of two or more inputs.

use demilite_core::op::comparison::ComparisonKind;
use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::{Activation, Add, AddN, Comparison, Div, ElementwiseBinary, Mul, Sub};
use demilite_core::{DataType, Op, Quantization};

use super::draw::Draw;
use crate::case::Case;
use crate::cases::{MOVED, elementwise_binary};
use crate::float_bound::Rounding;

use DataType::{Bool, Float32, Int8, Int16, Int32, Int64, UInt8};

const ARITHMETIC: [DataType; 6] = [Float32, Int8, UInt8, Int16, Int32, Int64];

fn activation(draw: &mut Draw) -> Activation {
    match draw.integer(0, 5) {
        0 => Activation::Relu,
        1 => Activation::Relu6,
        2 => Activation::ReluN1To1,
        _ => Activation::None,
    }
}

fn binary(draw: &mut Draw, stem: &str, rounding: Rounding, op: fn(Activation) -> Op) -> Case {
    let dtype = draw.one(&ARITHMETIC);
    let [left, right] = draw.broadcast(5);
    let mut draft = draw.draft(stem, dtype, "");
    let first = draw.quantization(dtype);
    let (second, output) = (draw.near(dtype, &first), draw.near(dtype, &first));
    let inputs = [
        draft.input_with(dtype, &left, first),
        draft.input_with(dtype, &right, second),
    ];
    draft.finish(op(activation(draw)), &inputs, dtype, output, rounding)
}

pub(crate) fn add(draw: &mut Draw) -> Case {
    binary(draw, "add", Rounding::Sums { terms: 2 }, |activation| {
        Op::Add(Add {
            activation,
            pot_scale_int16: false,
        })
    })
}

pub(crate) fn sub(draw: &mut Draw) -> Case {
    binary(draw, "sub", Rounding::Sums { terms: 2 }, |activation| {
        Op::Sub(Sub {
            activation,
            pot_scale_int16: false,
        })
    })
}

pub(crate) fn mul(draw: &mut Draw) -> Case {
    binary(draw, "mul", Rounding::Products { terms: 1 }, |activation| {
        Op::Mul(Mul { activation })
    })
}

/// Numerators and divisors from 32 steps above zero on: see the expectations of LiteRT.
pub(crate) fn div(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, Int8, UInt8, Int16, Int32]);
    let [left, right] = draw.broadcast(4);
    let (zero, least) = match dtype {
        Int8 => (-128, -96),
        Int16 => (0, 4096),
        _ => (0, 32),
    };
    let mut draft = draw.draft("div", dtype, "");
    draft = match dtype {
        Int32 => draft.between(1.0, 100.0),
        _ => draft.between(0.5, 8.0),
    };
    draft = draft.narrow_from(least);
    let inputs = [left, right].map(|shape| {
        let drawn = draft.quantization(dtype);
        let positive = drawn.map(|drawn| Quantization::per_tensor(drawn.scale[0], zero));
        draft.input_with(dtype, &shape, positive)
    });
    let output = draft.quantization(dtype);
    let op = Op::Div(Div {
        activation: activation(draw),
    });
    draft.finish(op, &inputs, dtype, output, Rounding::Function)
}

pub(crate) fn elementwise_binary(draw: &mut Draw) -> Case {
    let (kind, dtypes, (low, high), keeps_scale) = draw.one(elementwise_binary::ROWS);
    let dtype = draw.one(dtypes);
    let [left, mut right] = draw.broadcast(4);
    if kind == BinaryKind::Atan2 {
        right.clone_from(&left);
    }
    let op = Op::ElementwiseBinary(ElementwiseBinary { kind });
    let mut draft = draw
        .draft("elementwise_binary", dtype, &op.name().to_lowercase())
        .between(low, high);
    let first = draw.quantization(dtype);
    let (second, output) = match keeps_scale {
        true => (first.clone(), first.clone()),
        false => (draw.near(dtype, &first), draw.near(dtype, &first)),
    };
    let inputs = [
        draft.input_with(dtype, &left, first),
        draft.input_with(dtype, &right, second),
    ];
    draft.finish(op, &inputs, dtype, output, Rounding::Function)
}

pub(crate) fn comparison(draw: &mut Draw) -> Case {
    let kind = draw.one(&[
        ComparisonKind::Equal,
        ComparisonKind::NotEqual,
        ComparisonKind::Less,
        ComparisonKind::LessEqual,
        ComparisonKind::Greater,
        ComparisonKind::GreaterEqual,
    ]);
    let tests_equality = matches!(kind, ComparisonKind::Equal | ComparisonKind::NotEqual);
    let dtype = draw.one(&MOVED[..if tests_equality { 8 } else { 7 }]);
    let [left, right] = draw.broadcast(4);
    let op = Op::Comparison(Comparison { kind });
    let mut draft = draw
        .draft("comparison", dtype, &op.name().to_lowercase())
        .within(2.0);
    // LiteRT shifts by a negative count for scales of 1 and more.
    let (first, second) = (draft.quantization(dtype), draft.quantization(dtype));
    let inputs = [
        draft.input_with(dtype, &left, first),
        draft.input_with(dtype, &right, second),
    ];
    draft.finish(op, &inputs, Bool, None, Rounding::Moves)
}

pub(crate) fn add_n(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, Int32]);
    let shape = draw.shape(1, 4);
    let terms = draw.integer(2, 7);
    let mut draft = draw.draft("add_n", dtype, "");
    let inputs: Vec<_> = (0..terms).map(|_| draft.input(dtype, &shape)).collect();
    draft.finish(
        Op::AddN(AddN),
        &inputs,
        dtype,
        None,
        Rounding::Sums { terms },
    )
}
