//! MIRROR_PAD: a border that mirrors what it lies around.

use demilite_core::NodeContext;
use demilite_core::op::{self, mirror_pad::MirrorPadMode};
use demilite_executor::Prepared;

use crate::movement::places::{Places, Take};
use crate::movement::{element_bytes, expect_same_quantization};

pub(crate) fn prepare(op: &op::MirrorPad, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    expect_same_quantization(node, 0)?;
    let paddings = op.paddings(node)?;
    let shape = node.shape(0)?;
    let strides = shape.strides();
    let edge = match op.mode {
        MirrorPadMode::Reflect => 0,
        MirrorPadMode::Symmetric => 1,
    };
    let padded = shape.iter().zip(&paddings);
    let padded: Vec<usize> = padded
        .map(|(extent, [before, after])| extent + before + after)
        .collect();
    Ok(Take::boxed(Places::new(&padded, bytes, |axis, index| {
        let (extent, before) = (shape[axis], paddings[axis][0]);
        let taken = match index.checked_sub(before) {
            None => before - index - edge,
            Some(inside) if inside < extent => inside,
            Some(behind) => 2 * (extent - 1) + edge - behind,
        };
        taken * strides[axis]
    })))
}
