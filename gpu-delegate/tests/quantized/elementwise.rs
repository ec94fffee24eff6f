//! ADD, SUB, MUL and the functions of single integers.

use demilite_core::op::relu::ReluKind;
use demilite_core::op::{Activation, Add, HardSwish, Logistic, Mul, Relu, Sub, Tanh};
use demilite_core::{DataType, Op};

use crate::single_node::{Operand, Random, check};

const TYPES: [DataType; 3] = [DataType::Int8, DataType::UInt8, DataType::Int16];

const SHAPES: [(&[usize], &[usize]); 8] = [
    (&[1], &[1]),
    (&[7], &[7]),
    (&[2, 3, 5, 7], &[2, 3, 5, 7]),
    (&[1, 4, 4, 8], &[8]),
    (&[1, 3, 5, 7], &[7]),
    (&[2, 1, 8], &[2, 3, 1]),
    (&[5, 1], &[1, 3]),
    (&[3, 1, 5, 1, 2], &[1, 4, 1, 3, 2]),
];

fn binary(random: &mut Random, dtype: DataType, shapes: (&[usize], &[usize]), pot: bool) {
    let mut operand = |shape| {
        let (scale, zero_point) = (random.scale(0.01, 0.5), random.zero_point(dtype));
        let scale = if pot { 2_f32.powi(-8) } else { scale };
        let operand = Operand::new(dtype, shape, scale, zero_point);
        match random.below(4) {
            0 => operand.constant(random),
            _ => operand,
        }
    };
    let (mut left, mut right) = (operand(shapes.0), operand(shapes.1));
    // A node of constants alone would be computed before any inference.
    if left.constant.is_some() && right.constant.is_some() {
        right.constant = None;
    }
    if pot {
        let finer = 2_f32.powi(-8 - random.below(9) as i32);
        let side = [&mut left, &mut right];
        let side = side.into_iter().nth(random.below(2)).unwrap();
        side.quantization.as_mut().unwrap().scale = vec![finer];
    }
    let activation = random.choose(&[Activation::None, Activation::Relu, Activation::Relu6]);
    let scale = if pot {
        2_f32.powi(-8)
    } else {
        random.scale(0.01, 0.5)
    };
    let output = Operand::new(dtype, &[1], scale, random.zero_point(dtype));
    let ops = [
        Op::Add(Add {
            activation,
            pot_scale_int16: pot,
        }),
        Op::Sub(Sub {
            activation,
            pot_scale_int16: pot,
        }),
        Op::Mul(Mul { activation }),
    ];
    for op in ops {
        let name = format!("{op:?} {left:?} {right:?} {output:?}");
        let inputs = [Some(left.clone()), Some(right.clone())];
        check(&name, op, &inputs, &output, random);
    }
}

#[test]
fn binary_operations_broadcast_and_rescale() {
    for dtype in TYPES {
        let mut random = Random::new(6);
        for (left, right) in SHAPES {
            for _ in 0..2 {
                binary(&mut random, dtype, (left, right), false);
                binary(&mut random, dtype, (right, left), false);
            }
        }
    }
}

#[test]
fn scales_that_are_powers_of_two() {
    let mut random = Random::new(7);
    for _ in 0..12 {
        binary(
            &mut random,
            DataType::Int16,
            (&[1, 3, 5, 7], &[1, 3, 5, 7]),
            true,
        );
    }
}

#[test]
fn functions_of_single_bytes_and_halves() {
    let relu = |kind| Op::Relu(Relu { kind });
    for dtype in TYPES {
        let mut random = Random::new(8);
        for shape in [&[1][..], &[5], &[2, 3, 7], &[1, 8, 8, 5], &[2000]] {
            let mut run = |op: Op, output: Option<(f32, i32)>| {
                let scale = random.scale(0.005, 0.3);
                let input = Operand::new(dtype, shape, scale, random.zero_point(dtype));
                let (scale, zero_point) = output
                    .unwrap_or_else(|| (scale * random.scale(0.6, 3.0), random.zero_point(dtype)));
                let output = Operand::new(dtype, &[1], scale, zero_point);
                let name = format!("{op:?} {input:?} {output:?}");
                check(&name, op, &[Some(input)], &output, &mut random);
            };
            run(relu(ReluKind::Relu), None);
            run(relu(ReluKind::Relu6), None);
            let smallest = dtype.quantized_range().unwrap().0;
            if dtype == DataType::Int16 {
                run(Op::Logistic(Logistic), Some((1.0 / 32768.0, 0)));
                run(Op::Tanh(Tanh), Some((1.0 / 32768.0, 0)));
            } else {
                run(relu(ReluKind::ReluN1To1), None);
                run(relu(ReluKind::Relu0To1), None);
                run(Op::HardSwish(HardSwish), None);
                run(Op::Logistic(Logistic), Some((1.0 / 256.0, smallest)));
                run(Op::Tanh(Tanh), Some((1.0 / 128.0, smallest + 128)));
            }
        }
    }
}
