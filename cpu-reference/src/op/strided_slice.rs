//! STRIDED_SLICE: every n-th element along each dimension.

use demilite_core::op::{self, strided_slice::AxisSlice};
use demilite_core::{NodeContext, Shape};
use demilite_executor::Prepared;

use crate::movement::elements::{Places, Take, element_bytes};

/// The places of a slice's elements in an input of shape `shape`.
pub fn places(shape: &Shape, slices: &[AxisSlice], element_bytes: usize) -> Places {
    let strides = shape.strides();
    let extents: Vec<usize> = slices.iter().map(|slice| slice.extent).collect();
    Places::new(&extents, element_bytes, |axis, index| {
        let slice = slices[axis];
        // Within the input, so never negative.
        let taken = slice.start as i64 + index as i64 * slice.stride;
        slice.axis.map_or(0, |axis| taken as usize * strides[axis])
    })
}

pub(crate) fn prepare(op: &op::StridedSlice, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let slices = op.slices(node)?;
    Ok(Take::boxed(places(node.shape(0)?, &slices, bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_strides_run_backwards() {
        let slice = |axis, start, stride, extent| AxisSlice {
            axis,
            start,
            stride,
            extent,
            is_dropped: false,
        };
        let slices = [
            slice(Some(0), 1, -1, 2),
            slice(None, 0, 1, 1),
            slice(Some(1), 4, -2, 3),
        ];
        let mut output = [0; 6];
        let input = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        places(&Shape::from([2, 5]), &slices, 1).take(&input, &mut output);
        assert_eq!(output, [9, 7, 5, 4, 2, 0]);
    }
}
