//! Types that the tensors of a node share.

use demilite_core::{DataType, NodeContext};
use demilite_executor::Unprepared;

/// The types of two inputs of one type and the output.
pub(crate) fn common_type(node: &NodeContext<'_>) -> Result<DataType, Unprepared> {
    let dtype = node.output(0).dtype;
    if node.required(0)?.dtype == dtype && node.required(1)?.dtype == dtype {
        Ok(dtype)
    } else {
        Err(Unprepared::types(node))
    }
}

/// The type that input and output share.
pub(crate) fn same_type(node: &NodeContext<'_>) -> Result<DataType, Unprepared> {
    let dtype = node.output(0).dtype;
    if node.required(0)?.dtype == dtype {
        Ok(dtype)
    } else {
        Err(Unprepared::types(node))
    }
}
