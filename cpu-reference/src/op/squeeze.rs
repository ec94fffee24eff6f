//! SQUEEZE: the same elements without dimensions of extent 1.

use demilite_core::{NodeContext, op};
use demilite_executor::{Prepared, Unprepared};

use crate::movement::copy::copy;
use crate::movement::strings::moves_strings;

pub(crate) fn prepare(_: &op::Squeeze, node: &NodeContext<'_>) -> Prepared {
    let input = node.required(0)?;
    let is_moved = input.dtype.bits().is_some() || moves_strings(node);
    if input.dtype != node.output(0).dtype || !is_moved {
        return Err(Unprepared::types(node));
    }
    Ok(copy())
}
