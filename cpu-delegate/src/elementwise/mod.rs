//! Functions of the elements that meet at one place of the output.

pub(crate) mod broadcast;
pub(crate) mod byte_sum;
pub(crate) mod clamp;
pub(crate) mod exponential;
pub(crate) mod factor;
pub(crate) mod integer;
pub(crate) mod power;
pub(crate) mod rescaling;
pub(crate) mod table;
pub(crate) mod unary;

use demilite_core::{DataType, NodeContext};
use demilite_executor::Unprepared;

/// The type that the first `inputs` inputs and the output share.
pub(crate) fn common_type(node: &NodeContext<'_>, inputs: usize) -> Result<DataType, Unprepared> {
    let dtype = node.output(0).dtype;
    for index in 0..inputs {
        if node.required(index)?.dtype != dtype {
            return Err(Unprepared::types(node));
        }
    }
    Ok(dtype)
}
