//! SQUEEZE: the same elements without dimensions of extent 1.

use demilite_core::{NodeContext, op};

use crate::kernel::{Prepared, Unprepared, copy};

pub(crate) fn prepare(_: &op::Squeeze, node: &NodeContext<'_>) -> Prepared {
    let input = node.required(0)?;
    if input.dtype != node.output(0).dtype || input.dtype.bits().is_none() {
        return Err(Unprepared::types(node));
    }
    Ok(copy())
}
