//! Pointwise ops of integers that stand for themselves, of bools, and between types.

use demilite_core::op::comparison::ComparisonKind;
use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::op::{
    Activation, Add, Cast, Comparison, Div, ElementwiseBinary, ElementwiseUnary, Mean, Mul,
    Reduction, Sub,
};
use demilite_core::{DataType, Op, RunError};

use crate::single_node::{Operand, Random, check, reference, run};

const ELEMENTS: usize = 203;

/// Bytes of integers of a type, every second of them near an end of a type's range, or few bits long.
fn bytes(dtype: DataType, random: &mut Random) -> Vec<u8> {
    let width = dtype.bits().unwrap() / 8;
    let integer = |random: &mut Random| {
        let bits = u64::from(random.bits()) << 32 | u64::from(random.bits());
        let few = bits >> random.below(64);
        let edge: u64 = random.choose(&[0, 1 << 7, 1 << 15, 1 << 31, 1 << 63, 1 << 24, 1 << 53]);
        match random.below(4) {
            0 => bits,
            1 => few,
            2 => few.wrapping_neg(),
            _ => edge.wrapping_add(random.choose(&[0, 1, 2, 0_u64.wrapping_sub(1)])),
        }
    };
    let mut bytes = Vec::new();
    for _ in 0..ELEMENTS {
        let integer = integer(random);
        match dtype {
            DataType::Bool => bytes.push(u8::from(integer % 2 == 1)),
            // Bits of any number of any size.
            DataType::Float32 if random.below(2) == 0 => {
                bytes.extend((integer as i64 as f32).to_le_bytes());
            }
            _ => bytes.extend(&integer.to_le_bytes()[..width]),
        }
    }
    bytes
}

/// Holds the devices to the reference over these inputs of one shape.
fn agree(name: &str, op: Op, inputs: &[DataType], output: DataType, fed: &[Vec<u8>]) {
    let operands = inputs.iter();
    let operands = operands.map(|&dtype| Some(Operand::plain(dtype, &[ELEMENTS])));
    let operands: Vec<_> = operands.collect();
    let output = Operand::plain(output, &[ELEMENTS]);
    let expected = reference(&op, &operands, &output, fed);
    for actual in run(&op, &operands, &output, fed) {
        let actual = actual.unwrap_or_else(|error| panic!("{name}: {error}"));
        let width = expected.len() / ELEMENTS;
        for element in 0..ELEMENTS {
            let bytes = element * width..(element + 1) * width;
            let places = fed.iter().map(|fed| {
                let width = fed.len() / ELEMENTS;
                &fed[element * width..(element + 1) * width]
            });
            assert_eq!(
                actual[bytes.clone()],
                expected[bytes],
                "{name}: element {element} of {:?}",
                places.collect::<Vec<_>>()
            );
        }
    }
}

#[test]
fn numbers_change_their_type() {
    const TYPES: [DataType; 7] = [
        DataType::Float32,
        DataType::Int8,
        DataType::UInt8,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
        DataType::Bool,
    ];
    let mut random = Random::new(71);
    for from in TYPES {
        for to in TYPES {
            let op = Op::Cast(Cast {
                in_data_type: from,
                out_data_type: to,
            });
            for _ in 0..3 {
                let fed = bytes(from, &mut random);
                agree(&format!("{from} to {to}"), op.clone(), &[from], to, &[fed]);
            }
        }
    }
}

#[test]
fn integers_wrap_around() {
    let binary = |kind| Op::ElementwiseBinary(ElementwiseBinary { kind });
    let activation = Activation::None;
    let ops = [
        Op::Add(Add {
            activation,
            pot_scale_int16: false,
        }),
        Op::Sub(Sub {
            activation,
            pot_scale_int16: false,
        }),
        Op::Mul(Mul { activation }),
        binary(BinaryKind::Maximum),
        binary(BinaryKind::Minimum),
        binary(BinaryKind::SquaredDifference),
    ];
    let mut random = Random::new(72);
    for op in ops {
        let fed = [(); 2].map(|()| bytes(DataType::Int32, &mut random));
        let name = op.name().to_owned();
        agree(&name, op, &[DataType::Int32; 2], DataType::Int32, &fed);
    }
    for kind in [UnaryKind::Abs, UnaryKind::Neg, UnaryKind::Sign] {
        let op = Op::ElementwiseUnary(ElementwiseUnary { kind });
        let fed = bytes(DataType::Int32, &mut random);
        let name = op.name().to_owned();
        agree(&name, op, &[DataType::Int32], DataType::Int32, &[fed]);
    }
}

#[test]
fn shifts_and_differences_of_bits() {
    let mut random = Random::new(73);
    for dtype in [
        DataType::Int8,
        DataType::UInt8,
        DataType::Int16,
        DataType::Int32,
    ] {
        for kind in [BinaryKind::BitwiseXor, BinaryKind::RightShift] {
            let op = Op::ElementwiseBinary(ElementwiseBinary { kind });
            let fed = [(); 2].map(|()| bytes(dtype, &mut random));
            agree(
                &format!("{kind:?} of {dtype}"),
                op,
                &[dtype; 2],
                dtype,
                &fed,
            );
        }
    }
}

#[test]
fn bools_are_joined() {
    let mut random = Random::new(74);
    for kind in [BinaryKind::LogicalAnd, BinaryKind::LogicalOr] {
        let op = Op::ElementwiseBinary(ElementwiseBinary { kind });
        let fed = [(); 2].map(|()| bytes(DataType::Bool, &mut random));
        let name = format!("{kind:?}");
        agree(&name, op, &[DataType::Bool; 2], DataType::Bool, &fed);
    }
}

/// int32 operands whose second never is what an op refuses.
fn operands(random: &mut Random, replaced: impl Fn(i32) -> i32) -> [Vec<u8>; 2] {
    let left = bytes(DataType::Int32, random);
    let right = bytes(DataType::Int32, random);
    let right = right.chunks_exact(4);
    let right = right.map(|word| i32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    [
        left,
        right
            .flat_map(|word| replaced(word).to_le_bytes())
            .collect(),
    ]
}

const DIVISIONS: [Op; 3] = [
    Op::Div(Div {
        activation: Activation::None,
    }),
    Op::ElementwiseBinary(ElementwiseBinary {
        kind: BinaryKind::FloorDiv,
    }),
    Op::ElementwiseBinary(ElementwiseBinary {
        kind: BinaryKind::FloorMod,
    }),
];

#[test]
fn quotients_of_integers() {
    let mut random = Random::new(75);
    for op in DIVISIONS {
        let fed = operands(
            &mut random,
            |divisor| if divisor == 0 { 3 } else { divisor },
        );
        let name = op.name().to_owned();
        agree(&name, op, &[DataType::Int32; 2], DataType::Int32, &fed);
    }
}

#[test]
fn a_divisor_of_zero_is_an_error() {
    let operand = Operand::plain(DataType::Int32, &[3]);
    let inputs = [Some(operand.clone()), Some(operand.clone())];
    let fed = [[7, 8, 9], [2, 0, 1]].map(|elements: [i32; 3]| {
        elements
            .iter()
            .flat_map(|element| element.to_le_bytes())
            .collect()
    });
    for op in DIVISIONS {
        for result in run(&op, &inputs, &operand, &fed) {
            let error = rule(&result.unwrap_err());
            assert_eq!(error, "a divisor is 0", "{}", op.name());
        }
    }
}

/// The message of what no kernel computes, on each device.
fn refusals(op: &Op, inputs: &[Operand], output: &Operand, fed: &[Vec<u8>]) -> Vec<String> {
    let inputs: Vec<Option<Operand>> = inputs.iter().cloned().map(Some).collect();
    let results = run(op, &inputs, output, fed).into_iter();
    results.map(|result| rule(&result.unwrap_err())).collect()
}

/// The rule that a node's data broke.
fn rule(error: &RunError) -> String {
    match error {
        RunError::Node { reason, .. } => reason.to_string(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_quantized_divisor_of_zero_is_an_error() {
    let op = Op::Div(Div {
        activation: Activation::None,
    });
    for dtype in [DataType::Int8, DataType::UInt8] {
        let operand = Operand::new(dtype, &[3], 0.1, 5);
        let inputs = [operand.clone(), operand.clone()];
        for error in refusals(&op, &inputs, &operand, &[vec![7, 8, 9], vec![4, 5, 6]]) {
            assert_eq!(error, "a divisor is 0", "{dtype}");
        }
    }
}

#[test]
fn a_root_of_a_negative_number_is_an_error() {
    for kind in [UnaryKind::Sqrt, UnaryKind::Rsqrt] {
        let op = Op::ElementwiseUnary(ElementwiseUnary { kind });
        let operand = Operand::new(DataType::Int8, &[3], 0.1, 5);
        for error in refusals(
            &op,
            std::slice::from_ref(&operand),
            &operand,
            &[vec![7, 2, 9]],
        ) {
            assert_eq!(error, "a number under a root is -3", "{kind:?}");
        }
    }
}

#[test]
fn powers_of_integers() {
    let op = Op::ElementwiseBinary(ElementwiseBinary {
        kind: BinaryKind::Pow,
    });
    let mut random = Random::new(76);
    let fed = operands(&mut random, |exponent| exponent & i32::MAX);
    agree(
        "pow",
        op.clone(),
        &[DataType::Int32; 2],
        DataType::Int32,
        &fed,
    );

    let fed = operands(&mut random, |_| -3);
    let operand = Operand::plain(DataType::Int32, &[ELEMENTS]);
    let inputs = [Some(operand.clone()), Some(operand.clone())];
    for result in run(&op, &inputs, &operand, &fed) {
        let error = rule(&result.unwrap_err());
        assert_eq!(error, "an integer exponent is -3");
    }
}

#[test]
fn relations_hold_where_the_reference_says() {
    let kinds = ComparisonKind::ALL;
    let mut random = Random::new(77);
    for &kind in kinds {
        let op = Op::Comparison(Comparison { kind });
        for dtype in [DataType::Float32, DataType::Int32] {
            let mut fed = [(); 2].map(|()| bytes(dtype, &mut random));
            // Every third element is compared with itself.
            let (left, right) = fed.split_at_mut(1);
            for element in (0..ELEMENTS).step_by(3) {
                let element = 4 * element..4 * element + 4;
                right[0][element.clone()].copy_from_slice(&left[0][element]);
            }
            let name = format!("{kind:?} of {dtype}");
            agree(&name, op.clone(), &[dtype; 2], DataType::Bool, &fed);
        }
        for dtype in [DataType::Int8, DataType::UInt8, DataType::Int16] {
            let tests_equality = matches!(kind, ComparisonKind::Equal | ComparisonKind::NotEqual);
            for _ in 0..4 {
                let left = Operand::new(
                    dtype,
                    &[7, 31],
                    random.scale(1e-3, 1.0),
                    random.zero_point(dtype),
                );
                let mut right = Operand::new(dtype, &[31], 0.5, random.zero_point(dtype));
                if !tests_equality || random.below(2) == 0 {
                    right.quantization = left.quantization.clone();
                }
                let output = Operand::plain(DataType::Bool, &[7, 31]);
                let name = format!("{kind:?} of {left:?} and {right:?}");
                check(
                    &name,
                    op.clone(),
                    &[Some(left), Some(right)],
                    &output,
                    &mut random,
                );
            }
        }
    }
}

#[test]
fn integers_are_folded() {
    let mut random = Random::new(78);
    for (kind, dtype) in [
        (ReductionKind::Sum, DataType::Int32),
        (ReductionKind::ReduceProd, DataType::Int32),
        (ReductionKind::ReduceMax, DataType::Int32),
        (ReductionKind::ReduceMin, DataType::Int32),
        (ReductionKind::ReduceAll, DataType::Bool),
        (ReductionKind::ReduceAny, DataType::Bool),
    ] {
        let op = Op::Reduction(Reduction {
            kind,
            keep_dims: true,
        });
        for axes in [&[0][..], &[1], &[2], &[0, 2], &[0, 1, 2]] {
            let inputs = [
                Some(Operand::plain(dtype, &[2, 3, 4])),
                Some(Operand::indices(&[axes.len()], axes)),
            ];
            let output = Operand::plain(dtype, &[1]);
            let name = format!("{kind:?} over {axes:?}");
            check(&name, op.clone(), &inputs, &output, &mut random);
        }
    }
}

#[test]
fn means_of_integers_are_summed_up_in_64_bits() {
    let mut random = Random::new(79);
    let op = Op::Mean(Mean { keep_dims: true });
    for axes in [&[0][..], &[1], &[0, 1]] {
        let inputs = [
            Some(Operand::plain(DataType::Int32, &[7, 29])),
            Some(Operand::indices(&[axes.len()], axes)),
        ];
        let output = Operand::plain(DataType::Int32, &[1]);
        for _ in 0..3 {
            let fed = [bytes(DataType::Int32, &mut random)];
            let expected = reference(&op, &inputs, &output, &fed);
            for actual in run(&op, &inputs, &output, &fed) {
                assert_eq!(actual.unwrap(), expected, "over {axes:?}");
            }
        }
    }
}

/// Floats that are not 0, up to so many powers of two away from 1; quotients of some are whole.
fn floats(random: &mut Random, powers: u32) -> Vec<u8> {
    let float = |random: &mut Random| {
        let mantissa = match random.below(3) {
            0 => random.bits() & 0x007f_ffff,
            1 => random.bits() & 0x0070_0000,
            _ => 0x0040_0000,
        };
        let exponent = 127 - powers + random.below(2 * powers as usize) as u32;
        let sign = random.bits() & 0x8000_0000;
        sign | exponent << 23 | mantissa
    };
    (0..ELEMENTS)
        .flat_map(|_| float(random).to_le_bytes())
        .collect()
}

#[test]
fn quotients_of_floats_that_are_rounded_down() {
    let mut random = Random::new(80);
    for (kind, powers) in [(BinaryKind::FloorDiv, 12), (BinaryKind::FloorMod, 60)] {
        let op = Op::ElementwiseBinary(ElementwiseBinary { kind });
        for _ in 0..4 {
            let fed = [(); 2].map(|()| floats(&mut random, powers));
            let name = format!("{kind:?}");
            agree(
                &name,
                op.clone(),
                &[DataType::Float32; 2],
                DataType::Float32,
                &fed,
            );
        }
    }
}

#[test]
fn a_divisor_of_no_size_is_an_error() {
    let op = Op::ElementwiseBinary(ElementwiseBinary {
        kind: BinaryKind::FloorDiv,
    });
    let operand = Operand::plain(DataType::Float32, &[3]);
    let inputs = [Some(operand.clone()), Some(operand.clone())];
    for zero in [0.0, -0.0] {
        let fed = [[7.0, 8.0, 9.0], [2.0, zero, 1.0]].map(|elements: [f32; 3]| {
            let bytes = elements.iter().flat_map(|element| element.to_le_bytes());
            bytes.collect()
        });
        for result in run(&op, &inputs, &operand, &fed) {
            let error = result.unwrap_err().to_string();
            assert!(error.contains("a divisor is 0"), "{error}");
        }
    }
}
