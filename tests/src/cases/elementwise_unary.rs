//! ABS, CEIL, COS, ELU, EXP, FLOOR, LOG, LOGICAL_NOT, NEG, ROUND, RSQRT, SIGN, SIN, SQRT and SQUARE.

use demilite_core::op::ElementwiseUnary;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::{DataType, Op, Quantization};

use super::unary::SHAPES;
use crate::accuracy::{Accuracy, STEP};
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{ALL, Specials, WITHOUT_LARGE};
use crate::under_test::UnderTest;

/// What a function is defined on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Domain {
    All,
    /// Integers stand for reals from 0 on.
    Positive,
}

/// A function with the types that it takes, what it is defined on, and whether integers keep their
/// scale.
pub(crate) type Row = (UnaryKind, &'static [DataType], Domain, bool);

pub(crate) const ROWS: &[Row] = {
    use DataType::{Bool, Float16, Float32, Int8, Int16, Int32, Int64};
    use Domain::{All, Positive};
    &[
        (UnaryKind::Abs, &[Float32, Int8, Int16, Int32], All, false),
        (UnaryKind::Ceil, &[Float32], All, false),
        (UnaryKind::Cos, &[Float32], All, false),
        (UnaryKind::Elu, &[Float32, Int8], All, false),
        (UnaryKind::Exp, &[Float32, Int8, Int16], All, false),
        (UnaryKind::Floor, &[Float32], All, false),
        (UnaryKind::Log, &[Float32, Int8, Int16], Positive, false),
        (UnaryKind::LogicalNot, &[Bool], All, false),
        (
            UnaryKind::Neg,
            &[Float32, Float16, Int8, Int16, Int32, Int64],
            All,
            true,
        ),
        (UnaryKind::Round, &[Float32], All, false),
        (UnaryKind::Rsqrt, &[Float32, Int8, Int16], Positive, false),
        (UnaryKind::Sign, &[Float32, Int32], All, false),
        (UnaryKind::Sin, &[Float32], All, false),
        (UnaryKind::Sqrt, &[Float32, Int8, Int16], Positive, false),
        (UnaryKind::Square, &[Float32], All, false),
    ]
};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(kind, dtypes, domain, keeps_scale) in ROWS {
        let op = Op::ElementwiseUnary(ElementwiseUnary { kind });
        for &dtype in dtypes {
            for shape in SHAPES {
                let kind = op.name().to_lowercase();
                let name = format!("elementwise_unary/{dtype}/{}/{kind}", extents(shape));
                let draft = Draft::new(name);
                let mut draft = match domain {
                    Domain::All => draft.within(8.0),
                    Domain::Positive => {
                        let draft = draft.between(0.01, 20.0);
                        if dtype == DataType::Int16 {
                            draft.narrow_from(1)
                        } else {
                            draft
                        }
                    }
                };
                let drawn = draft.quantization(dtype);
                let input = match (domain, &drawn) {
                    (Domain::Positive, Some(drawn)) if dtype == DataType::Int8 => {
                        Some(Quantization::per_tensor(drawn.scale[0], -128))
                    }
                    _ => drawn,
                };
                let output = match keeps_scale {
                    true => input.clone(),
                    false => draft.quantization(dtype),
                };
                let input = draft.input_with(dtype, shape, input);
                cases.push(draft.finish(op.clone(), &[input], dtype, output, Rounding::Function));
            }
        }
    }
    // Angles of many quarter turns, a little short of whole ones too, up to where the accuracy of sines ends.
    let angles = [
        9.4, -20.4, 31.5, -99.9, 157.0, 355.0, -710.0, 1000.1, -2047.5, 4001.3, 6000.7, -8191.9,
    ];
    for (kind, name) in [(UnaryKind::Cos, "cos"), (UnaryKind::Sin, "sin")] {
        let mut draft = Draft::new(format!("elementwise_unary/float32/12/{name}/many_turns"));
        let input = draft.chosen::<f32>(&[angles.len()], &angles, None);
        let op = Op::ElementwiseUnary(ElementwiseUnary { kind });
        cases.push(draft.finish(op, &[input], DataType::Float32, None, Rounding::Function));
    }
    cases
}

impl UnderTest for ElementwiseUnary {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::elementwise_unary);

    fn accuracy(&self) -> Accuracy {
        match self.kind {
            UnaryKind::Cos | UnaryKind::Sin => Accuracy::BOUNDED,
            // exp(x) − 1: near 0 the error of exp(x) stays as it is.
            UnaryKind::Elu => Accuracy::steps(8.0).or_absolute(8.0 * STEP),
            UnaryKind::Exp => Accuracy::EXPONENTIAL,
            // 2⁻²¹ between 1/2 and 2, where the result is near 0; 3 steps elsewhere.
            UnaryKind::Log => Accuracy::steps(4.0).or_absolute(1.0 / (1_u64 << 21) as f64),
            UnaryKind::Rsqrt => Accuracy::steps(3.0),
            // The reciprocal of an inverse root.
            UnaryKind::Sqrt => Accuracy::steps(6.0),
            UnaryKind::Abs
            | UnaryKind::Ceil
            | UnaryKind::Floor
            | UnaryKind::LogicalNot
            | UnaryKind::Neg
            | UnaryKind::Round
            | UnaryKind::Sign
            | UnaryKind::Square => Accuracy::EXACT,
        }
    }

    fn specials(&self) -> Specials {
        match self.kind {
            UnaryKind::Cos | UnaryKind::Sin => WITHOUT_LARGE,
            UnaryKind::Abs
            | UnaryKind::Ceil
            | UnaryKind::Elu
            | UnaryKind::Exp
            | UnaryKind::Floor
            | UnaryKind::Log
            | UnaryKind::LogicalNot
            | UnaryKind::Neg
            | UnaryKind::Round
            | UnaryKind::Rsqrt
            | UnaryKind::Sign
            | UnaryKind::Sqrt
            | UnaryKind::Square => ALL,
        }
    }
}
