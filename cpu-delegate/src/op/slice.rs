//! SLICE: a box of a tensor.

use demilite_core::NodeContext;
use demilite_core::op::slice::slice_box;
use demilite_executor::Prepared;

use crate::movement::element_bytes;
use crate::movement::places::{Places, Take};

pub(crate) fn prepare(node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let input = node.shape(0)?;
    let (starts, shape) = slice_box(input, &node.indices(1)?, &node.indices(2)?)?;
    let strides = input.strides();
    Ok(Take::boxed(Places::new(&shape, bytes, |axis, index| {
        (starts[axis] + index) * strides[axis]
    })))
}
