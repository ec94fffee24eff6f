//! RANGE.

use demilite_core::op::Range;
use demilite_core::{Element, Op};

use crate::accuracy::Accuracy;
use crate::case::{Case, Draft};
use crate::drawn::Draw;
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// Cases whose start is fed, below a limit above it.
fn of_type<T: Element>(limit: T, steps: [(T, &str); 2]) -> Vec<Case> {
    let dtype = T::DATA_TYPE;
    let mut cases = Vec::new();
    for (step, words) in steps {
        let mut draft = Draft::new(format!("range/{dtype}/step_{words}")).within(30.0);
        let start = draft.input(dtype, &[]);
        let inputs = [start, draft.given(&[], &[limit]), draft.given(&[], &[step])];
        let rounding = Rounding::Function;
        cases.push(draft.finish(Op::Range(Range), &inputs, dtype, None, rounding));
    }
    cases
}

pub(super) fn cases() -> Vec<Case> {
    [
        of_type::<f32>(50.0, [(1.0, "1"), (0.37, "0.37")]),
        of_type::<i32>(50, [(1, "1"), (7, "7")]),
        of_type::<i64>(50, [(1, "1"), (7, "7")]),
    ]
    .concat()
}

impl UnderTest for Range {
    const DRAWN: Option<fn(&mut Draw) -> Case> = None;

    fn accuracy(&self) -> Accuracy {
        // The step is added again and again, or multiplied: up to 256 roundings.
        Accuracy::steps(256.0)
    }

    fn specials(&self) -> Specials {
        // LiteRT converts such numbers to integers, or orders by them, which C++ leaves undefined.
        Specials::None
    }
}
