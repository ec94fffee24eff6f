//! TOPK_V2.

use demilite_core::op::TopkV2;
use demilite_core::{DataType, Op};

use super::ACTIVATIONS;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// The input and how many are wanted of each row.
const ROWS: &[(&[usize], i16)] = &[
    (&[1], 1),
    (&[13], 5),
    (&[257], 257),
    (&[5, 7], 3),
    (&[2, 3, 5], 1),
    (&[2, 3, 5, 7], 7),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in ACTIVATIONS
        .into_iter()
        .chain([DataType::Int32, DataType::Int64])
    {
        for &(shape, k) in ROWS {
            for index in [DataType::Int16, DataType::Int32] {
                let name = format!("topk_v2/{dtype}/{}/{k}_as_{index}", extents(shape));
                let mut draft = Draft::new(name).within(8.0);
                let input = draft.input(dtype, shape);
                let quantization = draft.quantization_of(input);
                let k = draft.given(&[], &[k]);
                let outputs = [(dtype, quantization), (index, None)];
                let op = Op::TopkV2(TopkV2);
                cases.push(draft.finish_all(op, &[input, k], &outputs, Rounding::Moves));
            }
        }
    }
    cases
}

impl UnderTest for TopkV2 {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::reduction::topk_v2);

    fn specials(&self) -> Specials {
        // LiteRT converts such numbers to integers, or orders by them, which C++ leaves undefined.
        Specials::None
    }
}
