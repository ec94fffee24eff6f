//! EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL.

use demilite_core::op::Comparison;
use demilite_core::op::comparison::ComparisonKind;
use demilite_core::{DataType, Op};

use super::binary::SHAPES;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

const KINDS: [ComparisonKind; 6] = [
    ComparisonKind::Equal,
    ComparisonKind::NotEqual,
    ComparisonKind::Less,
    ComparisonKind::LessEqual,
    ComparisonKind::Greater,
    ComparisonKind::GreaterEqual,
];

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
    for kind in KINDS {
        let op = Op::Comparison(Comparison { kind });
        let tests_equality = matches!(kind, ComparisonKind::Equal | ComparisonKind::NotEqual);
        let takes = |dtype: &&DataType| tests_equality || **dtype != DataType::Bool;
        for &dtype in TYPES.iter().filter(takes) {
            for (left, right) in SHAPES.iter().skip(2).step_by(2) {
                let (left_name, right_name) = (extents(left), extents(right));
                let kind = op.name().to_lowercase();
                let name = format!("comparison/{dtype}/{left_name}/{right_name}/{kind}");
                // Few different values, so that some are equal.
                let mut draft = Draft::new(name).within(2.0);
                let inputs = [draft.input(dtype, left), draft.input(dtype, right)];
                cases.push(draft.finish(
                    op.clone(),
                    &inputs,
                    DataType::Bool,
                    None,
                    Rounding::Moves,
                ));
            }
        }
    }
    // LiteRT takes a scale that is missing for 0 in NOT_EQUAL, and finds all numbers equal.
    let kinds = KINDS
        .into_iter()
        .filter(|&kind| kind != ComparisonKind::NotEqual);
    cases.extend(kinds.map(unscaled));
    cases
}

/// Integers without a scale, which stand for themselves.
fn unscaled(kind: ComparisonKind) -> Case {
    let op = Op::Comparison(Comparison { kind });
    let kind = op.name().to_lowercase();
    let mut draft = Draft::new(format!("comparison/int16/5x7/7/{kind}/unscaled"));
    let inputs: [&[usize]; 2] = [&[5, 7], &[7]];
    let inputs = inputs.map(|shape| draft.input_with(DataType::Int16, shape, None));
    draft.finish(op, &inputs, DataType::Bool, None, Rounding::Moves)
}

impl UnderTest for Comparison {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::binary::comparison);
}
