//! RESIZE_NEAREST_NEIGHBOR: each element the nearest of the input.

use demilite_core::op::{self, nhwc};
use demilite_core::{NodeContext, Shape};
use demilite_executor::{Prepared, output_shape};

use crate::movement::element_bytes;
use crate::movement::places::{Places, Take};

pub(crate) fn prepare(op: &op::ResizeNearestNeighbor, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let input = nhwc(node.shape(0)?, "image")?;
    let output = nhwc(output_shape(node, 0)?, "result")?;
    let strides = Shape::from(input).strides();
    Ok(Take::boxed(Places::new(&output, bytes, |axis, index| {
        let taken = match axis {
            1 | 2 => op.nearest(index, [input[axis], output[axis]]),
            _ => index,
        };
        taken * strides[axis]
    })))
}
