//! STABLEHLO_ADD, STABLEHLO_MAXIMUM, STABLEHLO_MINIMUM and STABLEHLO_MULTIPLY.

use demilite_core::op::StablehloElementwise;
use demilite_core::op::stablehlo_elementwise::StablehloKind;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::Draw;
use crate::float_bound::Rounding;
use crate::special::{ALL, OF_SUMS, Specials};
use crate::under_test::UnderTest;

const SHAPES: &[&[usize]] = &[&[], &[1], &[13], &[3, 1, 5], &[2, 3, 5, 7]];

const TYPES: [DataType; 7] = [
    DataType::Float32,
    DataType::Float16,
    DataType::Int8,
    DataType::Int16,
    DataType::Int32,
    DataType::Int64,
    DataType::UInt8,
];

/// The function in the names of cases.
fn word(kind: StablehloKind) -> &'static str {
    match kind {
        StablehloKind::StablehloAdd => "add",
        StablehloKind::StablehloMaximum => "maximum",
        StablehloKind::StablehloMinimum => "minimum",
        StablehloKind::StablehloMultiply => "multiply",
    }
}

fn finish(mut draft: Draft, dtype: DataType, shape: &[usize], kind: StablehloKind) -> Case {
    let inputs = [0, 1].map(|_| draft.input_with(dtype, shape, None));
    let op = Op::StablehloElementwise(StablehloElementwise { kind });
    draft.finish(op, &inputs, dtype, None, Rounding::Function)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &kind in StablehloKind::ALL {
        for dtype in TYPES {
            for shape in SHAPES {
                let word = word(kind);
                let name = format!("stablehlo_elementwise/{dtype}/{}/{word}", extents(shape));
                let draft = Draft::new(name).within(100.0);
                cases.push(finish(draft, dtype, shape, kind));
            }
        }
    }
    cases
}

fn drawn(draw: &mut Draw) -> Case {
    let (kind, dtype) = (draw.one(StablehloKind::ALL), draw.one(&TYPES));
    let shape = draw.shape(0, 5);
    let draft = draw.draft("stablehlo_elementwise", dtype, word(kind));
    finish(draft.within(100.0), dtype, &shape, kind)
}

impl UnderTest for StablehloElementwise {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn);

    fn specials(&self) -> Specials {
        match self.kind {
            StablehloKind::StablehloMaximum | StablehloKind::StablehloMinimum => ALL,
            StablehloKind::StablehloAdd | StablehloKind::StablehloMultiply => OF_SUMS,
        }
    }
}
