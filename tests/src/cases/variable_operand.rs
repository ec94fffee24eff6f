//! Variable tensors as operands of ops that only read them.

use demilite_core::op::{Activation, Add, Concatenation, Sub};
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft};
use crate::float_bound::Rounding;

/// Where the variable stands, and whether the caller feeds it.
const PLACES: [(&str, usize, bool); 3] = [
    ("variable/first", 0, false),
    ("variable/second", 1, false),
    ("variable/fed", 1, true),
];

fn case(file: &str, op: Op, dtype: DataType, rounding: Rounding, place: usize) -> Case {
    let (words, variable_at, is_fed) = PLACES[place];
    let mut draft = Draft::new(format!("{file}/{dtype}/{words}")).within(8.0);
    let shape = [3, 5];
    let shared = draft.quantization(dtype);
    let variable = draft.variable(dtype, &shape, shared.clone());
    let input = draft.input_with(dtype, &shape, shared.clone());
    if is_fed {
        draft.feed(variable);
    }
    let inputs = match variable_at {
        0 => [variable, input],
        _ => [input, variable],
    };
    draft.finish(op, &inputs, dtype, shared, rounding)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for place in 0..PLACES.len() {
        for dtype in [
            DataType::Float32,
            DataType::Int8,
            DataType::UInt8,
            DataType::Int16,
        ] {
            let activation = Activation::None;
            let pot_scale_int16 = false;
            let sums = Rounding::Sums { terms: 2 };
            let add = Op::Add(Add {
                activation,
                pot_scale_int16,
            });
            let sub = Op::Sub(Sub {
                activation,
                pot_scale_int16,
            });
            let concatenation = Op::Concatenation(Concatenation {
                axis: 1,
                activation,
            });
            cases.push(case("add", add, dtype, sums, place));
            cases.push(case("sub", sub, dtype, sums, place));
            let moves = Rounding::Moves;
            cases.push(case("concatenation", concatenation, dtype, moves, place));
        }
    }
    cases
}
