//! DIV.

use demilite_core::op::{Activation, Div};
use demilite_core::{DataType, Op, Quantization};

use super::activation_name;
use super::binary::SHAPES;
use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

const TYPES: [DataType; 5] = [
    DataType::Float32,
    DataType::Int8,
    DataType::UInt8,
    DataType::Int16,
    DataType::Int32,
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in TYPES {
        for (index, (left, right)) in SHAPES.iter().enumerate() {
            let activation = [Activation::None, Activation::Relu, Activation::Relu6][index % 3];
            let (left_name, right_name) = (extents(left), extents(right));
            let kind = activation_name(activation);
            let name = format!("div/{dtype}/{left_name}/{right_name}/{kind}");
            // No divisor is zero, and no quotient is so near to zero that LiteRT shifts by more bits
            // than there are.
            let (zero, least) = match dtype {
                DataType::Int8 => (-128, -96),
                DataType::Int16 => (0, 4096),
                _ => (0, 32),
            };
            let draft = match dtype {
                DataType::Int32 => Draft::new(name).between(1.0, 100.0),
                _ => Draft::new(name).between(0.5, 8.0),
            };
            let mut draft = draft.narrow_from(least);
            let inputs = [left, right].map(|shape| {
                let drawn = draft.quantization(dtype);
                let positive = drawn.map(|drawn| Quantization::per_tensor(drawn.scale[0], zero));
                draft.input_with(dtype, shape, positive)
            });
            let output = draft.quantization(dtype);
            let op = Op::Div(Div { activation });
            cases.push(draft.finish(op, &inputs, dtype, output, Rounding::Function));
        }
    }
    // Half of the quotients of these integers lie in the middle between two, where the last bit of a reciprocal shows.
    let mut draft = Draft::new("div/int8/192x1/1x255/ties");
    let dividends: Vec<i8> = (-64..=127).collect();
    let divisors: Vec<i8> = (-127..=127).collect();
    let halves = |scale| Some(Quantization::per_tensor(scale, -128));
    let inputs = [
        draft.chosen(&[192, 1], &dividends, halves(0.5)),
        draft.chosen(&[1, 255], &divisors, halves(1.0)),
    ];
    let op = Op::Div(Div {
        activation: Activation::None,
    });
    let output = Some(Quantization::per_tensor(1.0, 0));
    cases.push(draft.finish(op, &inputs, DataType::Int8, output, Rounding::Function));
    cases
}

impl UnderTest for Div {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::binary::div);

    fn accuracy(&self) -> Accuracy {
        Accuracy::QUOTIENT
    }
}
