//! RELU, RELU6, RELU_N1_TO_1 and RELU_0_TO_1.

use demilite_core::op;

use super::{Prepared, Unprepared};
use crate::training::clamp::Clamp;

pub(super) fn prepare(op: &op::Relu) -> Result<Prepared, Unprepared> {
    let (least, greatest) = op.kind.range();
    Ok(Box::new(Clamp { least, greatest }))
}
