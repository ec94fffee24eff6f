//! MIRROR_PAD: a border that mirrors what it lies around.

use demilite_core::op::{self, mirror_pad::MirrorPadMode};
use demilite_core::{NodeContext, Shape};
use demilite_executor::Prepared;

use crate::movement::elements::{Places, Take, element_bytes, expect_same_quantization};

/// The places of a padded tensor's elements in an input of shape `shape`.
pub fn places(
    shape: &Shape,
    paddings: &[[usize; 2]],
    mode: MirrorPadMode,
    element_bytes: usize,
) -> Places {
    let strides = shape.strides();
    let edge = match mode {
        MirrorPadMode::Reflect => 0,
        MirrorPadMode::Symmetric => 1,
    };
    let padded = shape.iter().zip(paddings);
    let padded: Vec<usize> = padded
        .map(|(extent, [before, after])| extent + before + after)
        .collect();
    Places::new(&padded, element_bytes, |axis, index| {
        let (extent, before) = (shape[axis], paddings[axis][0]);
        let taken = match index.checked_sub(before) {
            None => before - index - edge,
            Some(inside) if inside < extent => inside,
            Some(behind) => 2 * (extent - 1) + edge - behind,
        };
        taken * strides[axis]
    })
}

pub(crate) fn prepare(op: &op::MirrorPad, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    expect_same_quantization(node, 0)?;
    let paddings = op.paddings(node)?;
    Ok(Take::boxed(places(
        node.shape(0)?,
        &paddings,
        op.mode,
        bytes,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_is_repeated_or_not() {
        let shape = Shape::from([3]);
        let mut output = [0; 7];
        places(&shape, &[[2, 2]], MirrorPadMode::Reflect, 1).take(&[1, 2, 3], &mut output);
        assert_eq!(output, [3, 2, 1, 2, 3, 2, 1]);
        places(&shape, &[[2, 2]], MirrorPadMode::Symmetric, 1).take(&[1, 2, 3], &mut output);
        assert_eq!(output, [2, 1, 1, 2, 3, 3, 2]);
    }
}
