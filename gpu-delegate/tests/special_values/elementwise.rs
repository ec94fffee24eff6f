//! Ops that take each element for itself.

use demilite_core::op::comparison::ComparisonKind;
use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::relu::ReluKind;
use demilite_core::op::select::SelectKind;
use demilite_core::op::{
    Activation, Add, Comparison, Div, ElementwiseBinary, ElementwiseUnary, Gelu, HardSwish,
    LeakyRelu, Logistic, Mul, Prelu, Relu, Select, Sub, Tanh,
};
use demilite_core::{DataType, Op};

use crate::node::Closeness::{self, Exact, Rounded};
use crate::node::{Input, VALUES, check, check_type, line, pairs};

const ACTIVATIONS: [Activation; 4] = [
    Activation::None,
    Activation::Relu,
    Activation::Relu6,
    Activation::ReluN1To1,
];

#[test]
fn clamps_keep_what_is_no_number_and_zeros_their_sign() {
    for kind in [
        ReluKind::Relu,
        ReluKind::Relu6,
        ReluKind::ReluN1To1,
        ReluKind::Relu0To1,
    ] {
        let op = Op::Relu(Relu { kind });
        check(&format!("{kind:?}"), &op, &[line()], &[VALUES.len()], Exact);
    }
}

#[test]
fn functions_of_one_tensor() {
    let exact = [
        UnaryKind::Abs,
        UnaryKind::Ceil,
        UnaryKind::Floor,
        UnaryKind::Neg,
    ];
    for kind in [
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
    ] {
        let op = Op::ElementwiseUnary(ElementwiseUnary { kind });
        let closeness = match exact.contains(&kind) {
            true => Exact,
            false => Rounded,
        };
        check(
            &format!("{kind:?}"),
            &op,
            &[line()],
            &[VALUES.len()],
            closeness,
        );
    }
    for op in [
        Op::Gelu(Gelu { approximate: false }),
        Op::Gelu(Gelu { approximate: true }),
        Op::HardSwish(HardSwish),
        Op::LeakyRelu(LeakyRelu { alpha: 0.25 }),
        Op::Logistic(Logistic),
        Op::Tanh(Tanh),
    ] {
        check(&format!("{op:?}"), &op, &[line()], &[VALUES.len()], Rounded);
    }
}

/// All pairs, as two tensors of one shape, and each value beside a constant on either side.
fn check_pairs(name: &str, op: &Op, closeness: Closeness) {
    let [left, right] = pairs();
    let shape = [left.len()];
    let fed = [left, right].map(|elements| Input::Fed(shape.to_vec(), elements));
    check(name, op, &fed, &shape, closeness);
    let count = VALUES.len();
    let column = Input::Fed(vec![count, 1], VALUES.to_vec());
    let row = Input::Constant(vec![count], VALUES.to_vec());
    let shape = [count, count];
    check(name, op, &[column.clone(), row.clone()], &shape, closeness);
    check(name, op, &[row, column], &shape, closeness);
}

#[test]
fn operations_of_two_tensors_with_and_without_an_activation() {
    for activation in ACTIVATIONS {
        let ops = [
            Op::Add(Add {
                activation,
                pot_scale_int16: true,
            }),
            Op::Sub(Sub {
                activation,
                pot_scale_int16: true,
            }),
            Op::Mul(Mul { activation }),
        ];
        for op in ops {
            check_pairs(&format!("{op:?}"), &op, Rounded);
        }
    }
    let binary = |kind| Op::ElementwiseBinary(ElementwiseBinary { kind });
    let square = binary(BinaryKind::SquaredDifference);
    check_pairs("SQUARED_DIFFERENCE", &square, Rounded);
    let [left, right] = pairs();
    let shape = [left.len()];
    let fed = [left, right].map(|elements| Input::Fed(shape.to_vec(), elements));
    check("ATAN2", &binary(BinaryKind::Atan2), &fed, &shape, Rounded);
    let (count, [left, _]) = (VALUES.len(), pairs());
    let slopes = Input::Constant(vec![count], VALUES.to_vec());
    let inputs = [Input::Fed(vec![count, count], left), slopes];
    check(
        "PRELU",
        &Op::Prelu(Prelu),
        &inputs,
        &[count, count],
        Rounded,
    );
}

#[test]
fn the_second_operand_stays_where_neither_is_greater() {
    for kind in [BinaryKind::Maximum, BinaryKind::Minimum] {
        let op = Op::ElementwiseBinary(ElementwiseBinary { kind });
        check_pairs(&format!("{kind:?}"), &op, Exact);
    }
}

#[test]
fn quotients_of_zeros_and_of_infinities_are_no_numbers() {
    let [left, right] = pairs();
    let shape = [left.len()];
    let fed = [left, right].map(|elements| Input::Fed(shape.to_vec(), elements));
    for activation in ACTIVATIONS {
        let op = Op::Div(Div { activation });
        check(&format!("{op:?}"), &op, &fed, &shape, Rounded);
    }
}

#[test]
fn comparisons_with_what_is_no_number_are_false() {
    let [left, right] = pairs();
    let shape = [left.len()];
    let fed = [left, right].map(|elements| Input::Fed(shape.to_vec(), elements));
    for kind in [
        ComparisonKind::Equal,
        ComparisonKind::Greater,
        ComparisonKind::GreaterEqual,
        ComparisonKind::Less,
        ComparisonKind::LessEqual,
        ComparisonKind::NotEqual,
    ] {
        let op = Op::Comparison(Comparison { kind });
        check_type(
            &format!("{kind:?}"),
            &op,
            &fed,
            (DataType::Bool, &shape),
            Exact,
        );
    }
}

#[test]
fn choices_keep_every_value() {
    let [left, right] = pairs();
    let shape = vec![left.len()];
    let condition = (0..left.len()).map(|i| u8::from(i % 3 == 1)).collect();
    let inputs = [
        Input::Bools(shape.clone(), condition),
        Input::Fed(shape.clone(), left),
        Input::Fed(shape.clone(), right),
    ];
    let op = Op::Select(Select {
        kind: SelectKind::SelectV2,
    });
    check("SELECT_V2", &op, &inputs, &shape, Exact);
}
