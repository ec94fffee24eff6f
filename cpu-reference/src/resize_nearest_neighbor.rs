//! RESIZE_NEAREST_NEIGHBOR: each element the nearest of the input.

use demilite_core::op::{self, nhwc};
use demilite_core::{NodeContext, Shape};

use crate::element_moves::{Places, Take, element_bytes};
use crate::kernel::{Prepared, output_shape};

/// The index along one dimension of the input that is nearest to `index` of the output; in single
/// precision.
pub fn nearest(
    index: usize,
    [input, output]: [usize; 2],
    align_corners: bool,
    half_pixel_centers: bool,
) -> usize {
    let scale = if align_corners && output > 1 {
        (input - 1) as f32 / (output - 1) as f32
    } else {
        input as f32 / output as f32
    };
    let offset = if half_pixel_centers { 0.5 } else { 0.0 };
    let place = (index as f32 + offset) * scale;
    let place = if align_corners {
        place.round()
    } else {
        place.floor()
    };
    (place as usize).min(input - 1)
}

pub(crate) fn prepare(op: &op::ResizeNearestNeighbor, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let input = nhwc(node.shape(0)?, "picture")?;
    let output = nhwc(output_shape(node, 0)?, "result")?;
    let strides = Shape::from(input).strides();
    Ok(Take::boxed(Places::new(&output, bytes, |axis, index| {
        let taken = match axis {
            1 | 2 => nearest(
                index,
                [input[axis], output[axis]],
                op.align_corners,
                op.half_pixel_centers,
            ),
            _ => index,
        };
        taken * strides[axis]
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conventions_differ_in_where_elements_stand() {
        let row = |sizes: [usize; 2], align, half| -> Vec<usize> {
            (0..sizes[1])
                .map(|index| nearest(index, sizes, align, half))
                .collect()
        };
        assert_eq!(row([3, 6], false, false), [0, 0, 1, 1, 2, 2]);
        assert_eq!(row([3, 4], true, false), [0, 1, 1, 2]);
        assert_eq!(row([4, 2], false, true), [1, 3]);
        assert_eq!(row([4, 1], true, false), [0]);
    }
}
