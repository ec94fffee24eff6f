//! SPACE_TO_DEPTH and DEPTH_TO_SPACE: square blocks of an image as channels, and back.

use demilite_core::op::{self, nhwc, space_depth::SpaceDepthKind};
use demilite_core::{NodeContext, Shape};
use demilite_executor::Prepared;

use crate::movement::element_bytes;
use crate::movement::places::{Places, Put, Take};

/// The places of the elements of an image of shape `image` in the same one with blocks of `block`×`block` as channels.
fn places(image: [usize; 4], block: usize, element_bytes: usize) -> Places {
    let [batch, height, width, channels] = image;
    let deep = [
        batch,
        height / block,
        width / block,
        channels * block * block,
    ];
    let strides = Shape::from(deep).strides();
    Places::new(&image, element_bytes, |axis, index| match axis {
        1 => index / block * strides[1] + index % block * block * channels,
        2 => index / block * strides[2] + index % block * channels,
        _ => index * strides[axis],
    })
}

pub(crate) fn prepare(op: &op::SpaceDepth, node: &NodeContext<'_>) -> Prepared {
    let bytes = element_bytes(node, [0])?;
    let block = op.block_size;
    let [batch, height, width, channels] = nhwc(node.shape(0)?, "image")?;
    Ok(match op.kind {
        SpaceDepthKind::DepthToSpace => {
            let channels = channels / (block * block);
            let image = [batch, height * block, width * block, channels];
            Take::boxed(places(image, block, bytes))
        }
        SpaceDepthKind::SpaceToDepth => Box::new(Put {
            places: vec![places([batch, height, width, channels], block, bytes)],
        }),
    })
}
