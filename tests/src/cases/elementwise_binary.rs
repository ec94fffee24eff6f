//! ATAN2, BITWISE_XOR, FLOOR_DIV, FLOOR_MOD, LOGICAL_AND, LOGICAL_OR, MAXIMUM, MINIMUM, POW,
//! RIGHT_SHIFT and SQUARED_DIFFERENCE.

use demilite_core::op::ElementwiseBinary;
use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::{DataType, Op};

use super::binary::SHAPES;
use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{ALL, Specials, WITHOUT_LARGE, WITHOUT_ZEROS};
use crate::under_test::UnderTest;

/// A function with the types that it takes, the range of its floats and wide integers, and whether
/// integers keep their scale.
pub(crate) type Row = (BinaryKind, &'static [DataType], (f32, f32), bool);

pub(crate) const ROWS: &[Row] = {
    use DataType::{Bool, Float16, Float32, Int8, Int16, Int32, Int64, UInt8};
    const ALL: (f32, f32) = (-20.0, 20.0);
    &[
        (BinaryKind::Atan2, &[Float32], ALL, false),
        (
            BinaryKind::BitwiseXor,
            &[Int8, Int16, Int32, UInt8],
            ALL,
            true,
        ),
        (BinaryKind::FloorDiv, &[Float32, Int32], (1.0, 20.0), true),
        (
            BinaryKind::FloorMod,
            &[Float32, Int32, Int64],
            (-20.0, -1.0),
            true,
        ),
        (BinaryKind::LogicalAnd, &[Bool], ALL, true),
        (BinaryKind::LogicalOr, &[Bool], ALL, true),
        (
            BinaryKind::Maximum,
            &[Float32, Float16, Int8, UInt8, Int16, Int32, Int64],
            ALL,
            true,
        ),
        (
            BinaryKind::Minimum,
            &[Float32, Float16, Int8, UInt8, Int16, Int32, Int64],
            ALL,
            true,
        ),
        (BinaryKind::Pow, &[Float32, Int32], (0.0, 5.0), true),
        (
            BinaryKind::RightShift,
            &[Int8, Int16, Int32, UInt8],
            ALL,
            true,
        ),
        (
            BinaryKind::SquaredDifference,
            &[Float32, Int8, Int32],
            ALL,
            false,
        ),
    ]
};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(kind, dtypes, (low, high), keeps_scale) in ROWS {
        let op = Op::ElementwiseBinary(ElementwiseBinary { kind });
        for &dtype in dtypes {
            for (left, right) in SHAPES.iter().filter(|(left, right)| {
                // ATAN2 does not broadcast.
                kind != BinaryKind::Atan2 || left == right
            }) {
                let (left_name, right_name) = (extents(left), extents(right));
                let kind = op.name().to_lowercase();
                let name = format!("elementwise_binary/{dtype}/{left_name}/{right_name}/{kind}");
                let mut draft = Draft::new(name).between(low, high);
                let first = draft.quantization(dtype);
                let (second, output) = match keeps_scale {
                    true => (first.clone(), first.clone()),
                    false => (draft.quantization(dtype), draft.quantization(dtype)),
                };
                let inputs = [
                    draft.input_with(dtype, left, first),
                    draft.input_with(dtype, right, second),
                ];
                cases.push(draft.finish(op.clone(), &inputs, dtype, output, Rounding::Function));
            }
        }
    }
    // Remainders of numbers about the least normal one lie below it, and some divisors too.
    for (name, least) in [("near_zero", 1.2e-38), ("below_normal", 1e-40)] {
        let name = format!("elementwise_binary/float32/257/257/floor_mod/{name}");
        let mut draft = Draft::new(name).between(least, 5e-38);
        let inputs = [(); 2].map(|()| draft.input(DataType::Float32, &[257]));
        let op = Op::ElementwiseBinary(ElementwiseBinary {
            kind: BinaryKind::FloorMod,
        });
        let rounding = Rounding::Function;
        cases.push(draft.finish(op, &inputs, DataType::Float32, None, rounding));
    }
    // Quotients of more than 16 bits, of which some divisors lie below the least normal number.
    let name = "elementwise_binary/float32/9/9/floor_mod/far_apart";
    let mut draft = Draft::new(name);
    let dividends = [1.7, -3e5, 2.9e-30, 8.4e-38, -1e-39, 7.0, 3e38, 1e-20, -0.3];
    let divisors = [
        3e-40, 7e-42, 1.1e-38, 9e-39, 6e-43, -5e-39, 2.3e-41, 1e-45, 1.9e-39,
    ];
    let inputs = [dividends, divisors]
        .map(|numbers: [f32; 9]| draft.chosen(&[numbers.len()], &numbers, None));
    let op = Op::ElementwiseBinary(ElementwiseBinary {
        kind: BinaryKind::FloorMod,
    });
    let rounding = Rounding::Function;
    cases.push(draft.finish(op, &inputs, DataType::Float32, None, rounding));
    // The greatest number below the least normal one, negative, is left over, and is taken from divisors of many sizes.
    let name = "elementwise_binary/float32/5/5/floor_mod/greatest_below_normal";
    let mut draft = Draft::new(name);
    let below_normal = f32::from_bits(0x007f_ffff);
    let divisors = [2e-38, 2.4e-38, 9e-38, -9e-38, 1.0];
    let inputs = [[-below_normal; 5], divisors]
        .map(|numbers: [f32; 5]| draft.chosen(&[numbers.len()], &numbers, None));
    let op = Op::ElementwiseBinary(ElementwiseBinary {
        kind: BinaryKind::FloorMod,
    });
    let rounding = Rounding::Function;
    cases.push(draft.finish(op, &inputs, DataType::Float32, None, rounding));
    // Constant exponents: odd ones, and one that is a power of two.
    for exponent in [1.0_f32, 3.0, 4.0, 7.0] {
        let name = format!("elementwise_binary/float32/5x7/scalar/pow/to_{exponent}");
        let mut draft = Draft::new(name).within(2.0);
        let input = draft.input(DataType::Float32, &[5, 7]);
        let exponent = draft.given(&[], &[exponent]);
        let op = Op::ElementwiseBinary(ElementwiseBinary {
            kind: BinaryKind::Pow,
        });
        let inputs = [input, exponent];
        cases.push(draft.finish(op, &inputs, DataType::Float32, None, Rounding::Function));
    }
    cases
}

impl UnderTest for ElementwiseBinary {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::binary::elementwise_binary);

    fn accuracy(&self) -> Accuracy {
        match self.kind {
            // The arctangent of a quotient; near the axes π/2 less a small one.
            BinaryKind::Atan2 => Accuracy::steps(8.0),
            BinaryKind::Pow => Accuracy::steps(16.0).and_per_log(4.0),
            BinaryKind::BitwiseXor
            | BinaryKind::FloorDiv
            | BinaryKind::FloorMod
            | BinaryKind::LogicalAnd
            | BinaryKind::LogicalOr
            | BinaryKind::Maximum
            | BinaryKind::Minimum
            | BinaryKind::RightShift
            | BinaryKind::SquaredDifference => Accuracy::EXACT,
        }
    }

    fn specials(&self) -> Specials {
        match self.kind {
            BinaryKind::Pow => WITHOUT_LARGE,
            BinaryKind::FloorDiv => WITHOUT_ZEROS,
            BinaryKind::Atan2
            | BinaryKind::BitwiseXor
            | BinaryKind::FloorMod
            | BinaryKind::LogicalAnd
            | BinaryKind::LogicalOr
            | BinaryKind::Maximum
            | BinaryKind::Minimum
            | BinaryKind::RightShift
            | BinaryKind::SquaredDifference => ALL,
        }
    }
}
