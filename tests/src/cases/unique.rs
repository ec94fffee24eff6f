//! UNIQUE.

use demilite_core::op::Unique;
use demilite_core::{DataType, Op};

use super::ACTIVATIONS;
use crate::case::{Case, Draft};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

const LENGTHS: &[usize] = &[1, 13, 257];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in ACTIVATIONS
        .into_iter()
        .chain([DataType::Int32, DataType::Int64])
    {
        for &length in LENGTHS {
            for idx_out_type in [DataType::Int32, DataType::Int64] {
                let name = format!("unique/{dtype}/{length}/as_{idx_out_type}");
                let mut draft = Draft::new(name).within(8.0);
                let input = draft.input(dtype, &[length]);
                let quantization = draft.quantization_of(input);
                let outputs = [(dtype, quantization), (idx_out_type, None)];
                let op = Op::Unique(Unique { idx_out_type });
                cases.push(draft.finish_all(op, &[input], &outputs, Rounding::Moves));
            }
        }
    }
    cases
}

impl UnderTest for Unique {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::unique);

    fn specials(&self) -> Specials {
        // LiteRT converts such numbers to integers, or orders by them, which C++ leaves undefined.
        Specials::None
    }
}
