//! BROADCAST_ARGS.

use demilite_core::op::BroadcastArgs;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// Lengths of a shape of ones and of one that it broadcasts to.
const LENGTHS: &[(usize, usize)] = &[(1, 1), (1, 4), (5, 2), (3, 3)];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [DataType::Int32, DataType::Int64] {
        for &(ones, other) in LENGTHS {
            let name = format!("broadcast_args/{dtype}/ones_{ones}/{other}");
            let mut draft = Draft::new(name).within(100.0);
            let ones = match dtype {
                DataType::Int64 => draft.given(&[ones], &vec![1_i64; ones]),
                _ => draft.given(&[ones], &vec![1_i32; ones]),
            };
            let other = draft.input(dtype, &[other]);
            let op = Op::BroadcastArgs(BroadcastArgs);
            cases.push(draft.finish(op, &[ones, other], dtype, None, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for BroadcastArgs {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::selection::broadcast_args);

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
