//! RANGE.

use demilite_core::op::Range;
use demilite_core::{Element, Op};

use crate::case::{Case, Draft};
use crate::float_bound::Rounding;

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
