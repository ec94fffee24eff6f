//! STRIDED_SLICE: every so many-th element along each dimension.

use demilite_core::{NodeContext, op};
use demilite_executor::Prepared;

use crate::movement::element_bytes;
use crate::movement::places::{Places, Take};

pub(crate) fn prepare(op: &op::StridedSlice, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let slices = op.slices(node)?;
    let strides = node.shape(0)?.strides();
    let extents: Vec<usize> = slices.iter().map(|slice| slice.extent).collect();
    Ok(Take::boxed(Places::new(&extents, bytes, |axis, index| {
        let slice = slices[axis];
        // Within the input, so never negative.
        let taken = slice.start as i64 + index as i64 * slice.stride;
        slice.axis.map_or(0, |axis| taken as usize * strides[axis])
    })))
}
