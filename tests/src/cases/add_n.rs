//! ADD_N.

use demilite_core::op::AddN;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [DataType::Float32, DataType::Int32] {
        for shape in [&[1][..], &[13], &[2, 3, 5, 7]] {
            for count in [2, 3, 5] {
                let name = format!("add_n/{dtype}/{}/inputs_{count}", extents(shape));
                let mut draft = Draft::new(name).within(8.0);
                let inputs: Vec<_> = (0..count).map(|_| draft.input(dtype, shape)).collect();
                let rounding = Rounding::Sums { terms: count };
                cases.push(draft.finish(Op::AddN(AddN), &inputs, dtype, None, rounding));
            }
        }
    }
    cases
}

impl UnderTest for AddN {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::binary::add_n);

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
