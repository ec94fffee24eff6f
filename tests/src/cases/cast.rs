//! CAST.

use demilite_core::op::Cast;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

const TYPES: [DataType; 8] = [
    DataType::Float32,
    DataType::Float16,
    DataType::Int8,
    DataType::UInt8,
    DataType::Int16,
    DataType::Int32,
    DataType::Int64,
    DataType::Bool,
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for from in TYPES {
        for to in TYPES {
            // A conversion to an unsigned type is defined for what it can hold.
            let mut draft = Draft::new(format!("cast/{from}/{to}/2x3x5x7")).between(0.0, 100.0);
            let input = draft.input_with(from, &[2, 3, 5, 7], None);
            let op = Op::Cast(Cast {
                in_data_type: from,
                out_data_type: to,
            });
            cases.push(draft.finish(op, &[input], to, None, Rounding::Moves));
        }
    }
    // Magnitudes beyond what a mantissa, a word and half a word hold, each within what the target can.
    for (from, to, limits) in [
        (DataType::Float32, DataType::Int32, &[3e7, 2e9][..]),
        (DataType::Float32, DataType::Int64, &[3e7, 1e12, 9e18]),
        (DataType::Int32, DataType::Float32, &[6e7, 2e9]),
        (DataType::Int64, DataType::Float32, &[6e7, 1e12, 9e18]),
        (DataType::Int32, DataType::Int64, &[2e9]),
        (DataType::Int64, DataType::Int32, &[9e18]),
        (DataType::Int64, DataType::Int16, &[9e18]),
        (DataType::Int64, DataType::Bool, &[9e18]),
        (DataType::Int16, DataType::Int64, &[1.0]),
    ] {
        for limit in limits {
            let mut draft = Draft::new(format!("cast/{from}/{to}/37x53/within_{limit:e}"));
            draft = draft.within(*limit);
            let input = draft.input_with(from, &[37, 53], None);
            let op = Op::Cast(Cast {
                in_data_type: from,
                out_data_type: to,
            });
            cases.push(draft.finish(op, &[input], to, None, Rounding::Moves));
        }
    }
    for to in [
        DataType::Int8,
        DataType::UInt8,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
    ] {
        let name = format!("cast/float32/{to}/{}/out_of_range", OUT_OF_RANGE.len());
        let mut draft = Draft::new(name);
        let input = draft.chosen(&[OUT_OF_RANGE.len()], &OUT_OF_RANGE, None);
        let op = Op::Cast(Cast {
            in_data_type: DataType::Float32,
            out_data_type: to,
        });
        cases.push(draft.finish(op, &[input], to, None, Rounding::Moves));
    }
    cases
}

/// Floats about the ends of integers of every width, and far beyond them.
const OUT_OF_RANGE: [f32; 23] = [
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::MAX,
    -f32::MAX,
    127.9,
    -128.9,
    255.9,
    300.0,
    -300.0,
    32_768.0,
    -32_769.0,
    70_000.0,
    -70_000.0,
    2_147_483_600.0,
    2_147_483_600.0 + 48.0,
    -2_147_483_600.0,
    3e9,
    -3e9,
    5e18,
    -5e18,
    1e19,
    -1e19,
];

impl UnderTest for Cast {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::cast);

    fn specials(&self) -> Specials {
        // LiteRT converts such numbers to integers, or orders by them, which C++ leaves undefined.
        Specials::None
    }
}
