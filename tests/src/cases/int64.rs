//! Integers of 64 bits of all magnitudes: some share one of their words, and sums and products carry and wrap.

use demilite_core::op::comparison::ComparisonKind;
use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::op::{
    Activation, Add, Comparison, Cumsum, ElementwiseBinary, ElementwiseUnary, Mean, Mul, Reduction,
    ScatterNd, Sub, TopkV2,
};
use demilite_core::{DataType, Op};

use super::activation_name;
use crate::case::{Case, Draft, extents};
use crate::float_bound::Rounding;
use crate::random::Random;

/// Shapes that broadcast together.
const PAIRS: &[(&[usize], &[usize])] =
    &[(&[97], &[97]), (&[5, 7], &[5, 1]), (&[3, 1, 7], &[1, 5, 1])];

/// A shape and the axes that are reduced.
const REDUCED: &[(&[usize], &[i32])] = &[
    (&[7], &[0]),
    (&[5, 7], &[0]),
    (&[2, 3, 5, 7], &[0, 2]),
    (&[2, 3, 5, 7], &[1, 3]),
    // Extents with a factor in common.
    (&[4, 3, 6, 5], &[0, 2]),
    (&[3, 8_209], &[1]),
];

/// Integers of any magnitude, drawn from what they are for. None is 0.
fn integers(what: &str, shape: &[usize]) -> Vec<i64> {
    let mut random = Random::of(what);
    let mut integer = || {
        let bits = random.bits().cast_signed() >> random.integer(0, 62);
        let integer = match random.integer(0, 7) {
            0 => bits & !0xffff_ffff,
            1 => bits | 0xffff_ffff,
            _ => bits,
        };
        if integer == 0 { 3 } else { integer }
    };
    (0..shape.iter().product()).map(|_| integer()).collect()
}

/// A case of this name that is fed two tensors, and ends in one of this type.
fn of_two(op: Op, name: &str, (left, right): (&[usize], &[usize]), output: DataType) -> Case {
    let name = format!("{name}/{}/{}/all_magnitudes", extents(left), extents(right));
    let first = integers(&format!("{name} left"), left);
    let mut second = integers(&format!("{name} right"), right);
    if output == DataType::Bool {
        // Some are equal.
        for (other, &integer) in second.iter_mut().zip(&first).step_by(3) {
            *other = integer;
        }
    }
    let mut draft = Draft::new(name);
    let inputs = [
        draft.chosen(left, &first, None),
        draft.chosen(right, &second, None),
    ];
    draft.finish(op, &inputs, output, None, Rounding::Function)
}

fn of_pairs(cases: &mut Vec<Case>) {
    for &shapes in PAIRS {
        for activation in [Activation::None, Activation::ReluN1To1] {
            let sums = Add {
                activation,
                pot_scale_int16: false,
            };
            let differences = Sub {
                activation,
                pot_scale_int16: false,
            };
            for (stem, op) in [
                ("add", Op::Add(sums)),
                ("sub", Op::Sub(differences)),
                ("mul", Op::Mul(Mul { activation })),
            ] {
                let name = format!("{stem}/int64/{}", activation_name(activation));
                cases.push(of_two(op, &name, shapes, DataType::Int64));
            }
        }
        for kind in [
            BinaryKind::FloorMod,
            BinaryKind::Maximum,
            BinaryKind::Minimum,
        ] {
            let op = Op::ElementwiseBinary(ElementwiseBinary { kind });
            let name = format!("elementwise_binary/int64/{}", op.name().to_lowercase());
            cases.push(of_two(op, &name, shapes, DataType::Int64));
        }
        for kind in [
            ComparisonKind::Equal,
            ComparisonKind::NotEqual,
            ComparisonKind::Less,
            ComparisonKind::LessEqual,
            ComparisonKind::Greater,
            ComparisonKind::GreaterEqual,
        ] {
            let op = Op::Comparison(Comparison { kind });
            let name = format!("comparison/int64/{}", op.name().to_lowercase());
            cases.push(of_two(op, &name, shapes, DataType::Bool));
        }
    }
}

fn of_reductions(cases: &mut Vec<Case>) {
    let keep_dims = false;
    let reduction = |kind| Op::Reduction(Reduction { kind, keep_dims });
    for &(shape, axes) in REDUCED {
        for op in [
            Op::Mean(Mean { keep_dims }),
            reduction(ReductionKind::Sum),
            reduction(ReductionKind::ReduceProd),
            reduction(ReductionKind::ReduceMax),
            reduction(ReductionKind::ReduceMin),
        ] {
            let stem = match op {
                Op::Mean(_) => "mean",
                _ => "reduction",
            };
            let named: Vec<String> = axes.iter().map(i32::to_string).collect();
            let name = format!(
                "{stem}/int64/{}/{}/axes_{}/all_magnitudes",
                extents(shape),
                op.name().to_lowercase(),
                named.join("_")
            );
            let numbers = integers(&name, shape);
            let mut draft = Draft::new(name);
            let inputs = [
                draft.chosen(shape, &numbers, None),
                draft.indices(&[axes.len()], axes),
            ];
            cases.push(draft.finish(op, &inputs, DataType::Int64, None, Rounding::Moves));
        }
    }
}

/// More results than a device need have workgroups in a dimension.
fn many_sums() -> Case {
    let mut draft = Draft::new("reduction/int64/2x140001/sum/axes_0").within(9.0);
    let inputs = [
        draft.input(DataType::Int64, &[2, 140_001]),
        draft.indices(&[1], &[0]),
    ];
    let op = Op::Reduction(Reduction {
        kind: ReductionKind::Sum,
        keep_dims: false,
    });
    draft.finish(op, &inputs, DataType::Int64, None, Rounding::Moves)
}

/// All elements of a row are the integer that a reduction begins with.
fn of_extremes(kind: ReductionKind, extreme: i64) -> Case {
    let op = Op::Reduction(Reduction {
        kind,
        keep_dims: false,
    });
    let name = op.name().to_lowercase();
    let name = format!("reduction/int64/3x5/{name}/axes_1/extremes");
    let mut numbers = integers(&name, &[3, 5]);
    numbers[..5].fill(extreme);
    let mut draft = Draft::new(name);
    let inputs = [
        draft.chosen(&[3, 5], &numbers, None),
        draft.indices(&[1], &[1]),
    ];
    draft.finish(op, &inputs, DataType::Int64, None, Rounding::Moves)
}

fn negation() -> Case {
    let name = "elementwise_unary/int64/13/neg/all_magnitudes";
    let numbers = integers(name, &[13]);
    let mut draft = Draft::new(name);
    let input = draft.chosen(&[13], &numbers, None);
    let op = Op::ElementwiseUnary(ElementwiseUnary {
        kind: UnaryKind::Neg,
    });
    draft.finish(op, &[input], DataType::Int64, None, Rounding::Function)
}

fn running_sums() -> Case {
    let name = "cumsum/int64/5x7/axis_0/all_magnitudes";
    let numbers = integers(name, &[5, 7]);
    let mut draft = Draft::new(name);
    let inputs = [
        draft.chosen(&[5, 7], &numbers, None),
        draft.indices(&[], &[0]),
    ];
    let op = Op::Cumsum(Cumsum {
        exclusive: false,
        reverse: false,
    });
    draft.finish(op, &inputs, DataType::Int64, None, Rounding::Moves)
}

fn scattered() -> Case {
    let name = "scatter_nd/int64/4x7/into_5_7/all_magnitudes";
    let numbers = integers(name, &[4, 7]);
    let mut draft = Draft::new(name);
    let inputs = [
        draft.indices(&[4, 1], &[2, 2, 4, 2]),
        draft.chosen(&[4, 7], &numbers, None),
        draft.indices(&[2], &[5, 7]),
    ];
    let op = Op::ScatterNd(ScatterNd);
    draft.finish(op, &inputs, DataType::Int64, None, Rounding::Moves)
}

fn largest() -> Case {
    let name = "topk_v2/int64/3x31/31_as_int32/all_magnitudes";
    let numbers = integers(name, &[3, 31]);
    let mut draft = Draft::new(name);
    let inputs = [
        draft.chosen(&[3, 31], &numbers, None),
        draft.given(&[], &[31_i16]),
    ];
    let outputs = [(DataType::Int64, None), (DataType::Int32, None)];
    draft.finish_all(Op::TopkV2(TopkV2), &inputs, &outputs, Rounding::Moves)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        negation(),
        running_sums(),
        scattered(),
        largest(),
        many_sums(),
        of_extremes(ReductionKind::ReduceMin, i64::MAX),
        of_extremes(ReductionKind::ReduceMax, i64::MIN),
    ];
    of_pairs(&mut cases);
    of_reductions(&mut cases);
    cases
}
