//! SUM, REDUCE_PROD, REDUCE_MAX, REDUCE_MIN, REDUCE_ANY and REDUCE_ALL.

use demilite_core::op::Reduction;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::{DataType, Op};

use super::ACTIVATIONS;
use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{ALL, OF_SUMS, Specials, WITHOUT_LARGE};
use crate::under_test::UnderTest;

/// Input and the axes that are reduced.
const SHAPES: &[(&[usize], &[i32])] = &[
    (&[1], &[0]),
    (&[13], &[0]),
    (&[5, 7], &[1]),
    (&[5, 7], &[0]),
    (&[1, 7, 5, 3], &[1, 2]),
    (&[2, 3, 5, 7], &[-1]),
    (&[2, 3, 5, 7], &[0, 2]),
    (&[2, 3, 5, 2], &[0, 1, 2, 3]),
];

/// Where so many elements fall together that one workgroup of a device, or one invocation, does not do. Products of as many are
/// zero or infinite.
pub(super) const LARGE_SHAPES: &[(&[usize], &[i32])] = &[
    (&[184, 184], &[0, 1]),
    (&[3, 8_209], &[1]),
    (&[10_007, 6], &[0]),
];

/// The types of those: one for each way in which numbers are summed up.
pub(super) const LARGE_TYPES: &[DataType] = &[
    DataType::Bool,
    DataType::Float32,
    DataType::Int32,
    DataType::Int64,
    DataType::Int8,
];

fn types(kind: ReductionKind) -> Vec<DataType> {
    let wide = [DataType::Int32, DataType::Int64];
    match kind {
        ReductionKind::ReduceAll | ReductionKind::ReduceAny => vec![DataType::Bool],
        ReductionKind::ReduceMax | ReductionKind::ReduceMin | ReductionKind::Sum => {
            let wide = wide.into_iter().chain([DataType::Bool]);
            ACTIVATIONS.into_iter().chain(wide).collect()
        }
        ReductionKind::ReduceProd => {
            let narrow = [
                DataType::Bool,
                DataType::Float32,
                DataType::Int8,
                DataType::Int16,
            ];
            narrow.into_iter().chain(wide).collect()
        }
    }
}

pub(super) fn cases() -> Vec<Case> {
    let kinds = [
        ReductionKind::ReduceAll,
        ReductionKind::ReduceAny,
        ReductionKind::ReduceMax,
        ReductionKind::ReduceMin,
        ReductionKind::ReduceProd,
        ReductionKind::Sum,
    ];
    let mut cases = Vec::new();
    for kind in kinds {
        for dtype in types(kind) {
            let is_large = kind != ReductionKind::ReduceProd && LARGE_TYPES.contains(&dtype);
            let large = if is_large { LARGE_SHAPES } else { &[] };
            for (index, (shape, axes)) in SHAPES.iter().chain(large).enumerate() {
                let keep_dims = index % 2 == 0;
                let op = Op::Reduction(Reduction { kind, keep_dims });
                let named: Vec<String> = axes.iter().map(i32::to_string).collect();
                let name = format!(
                    "reduction/{dtype}/{}/{}/axes_{}/{}",
                    extents(shape),
                    op.name().to_lowercase(),
                    named.join("_"),
                    if keep_dims { "keep_dims" } else { "drop_dims" },
                );
                let mut draft = Draft::new(name).within(2.0);
                let input = draft.input(dtype, shape);
                let indices = draft.indices(&[axes.len()], axes);
                let output = match kind {
                    ReductionKind::Sum | ReductionKind::ReduceProd => draft.quantization(dtype),
                    _ => draft.quantization_of(input),
                };
                let terms = axes
                    .iter()
                    .map(|&axis| shape[axis.rem_euclid(shape.len() as i32) as usize]);
                let rounding = rounding(kind, terms.product());
                cases.push(draft.finish(op, &[input, indices], dtype, output, rounding));
            }
        }
    }
    // More results than a device need have workgroups in a dimension.
    let mut draft = Draft::new("reduction/int8/2x2100001/reduce_max/axes_0/drop_dims");
    let input = draft.input(DataType::Int8, &[2, 2_100_001]);
    let axes = draft.indices(&[1], &[0]);
    let output = draft.quantization_of(input);
    let op = Op::Reduction(Reduction {
        kind: ReductionKind::ReduceMax,
        keep_dims: false,
    });
    cases.push(draft.finish(op, &[input, axes], DataType::Int8, output, Rounding::Moves));
    for dtype in [DataType::Int8, DataType::UInt8, DataType::Int16] {
        cases.push(unscaled_product(dtype));
    }
    cases
}

/// The product of integers without a scale, which stand for themselves and wrap.
fn unscaled_product(dtype: DataType) -> Case {
    let name = format!("reduction/{dtype}/5x7/reduce_prod/axes_1/drop_dims/unscaled");
    let mut draft = Draft::new(name);
    let inputs = [
        draft.input_with(dtype, &[5, 7], None),
        draft.indices(&[1], &[1]),
    ];
    let op = Op::Reduction(Reduction {
        kind: ReductionKind::ReduceProd,
        keep_dims: false,
    });
    draft.finish(op, &inputs, dtype, None, Rounding::Moves)
}

/// What a reduction of so many elements does to floats.
pub(crate) fn rounding(kind: ReductionKind, terms: usize) -> Rounding {
    match kind {
        ReductionKind::Sum | ReductionKind::ReduceProd => Rounding::Sums { terms },
        ReductionKind::ReduceAll
        | ReductionKind::ReduceAny
        | ReductionKind::ReduceMax
        | ReductionKind::ReduceMin => Rounding::Moves,
    }
}

impl UnderTest for Reduction {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::reduction::reduction);

    fn accuracy(&self) -> Accuracy {
        // A row's products, each with a rounding.
        match self.kind {
            ReductionKind::ReduceProd => Accuracy::steps(1.0),
            ReductionKind::ReduceAll
            | ReductionKind::ReduceAny
            | ReductionKind::ReduceMax
            | ReductionKind::ReduceMin
            | ReductionKind::Sum => Accuracy::EXACT,
        }
    }

    fn specials(&self) -> Specials {
        match self.kind {
            ReductionKind::Sum => OF_SUMS,
            ReductionKind::ReduceProd => WITHOUT_LARGE,
            ReductionKind::ReduceAll
            | ReductionKind::ReduceAny
            | ReductionKind::ReduceMax
            | ReductionKind::ReduceMin => ALL,
        }
    }
}
