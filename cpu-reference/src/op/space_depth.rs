//! SPACE_TO_DEPTH and DEPTH_TO_SPACE: square blocks of an image as channels, and back.

use demilite_core::op::{self, nhwc, space_depth::SpaceDepthKind};
use demilite_core::{NodeContext, Shape};
use demilite_executor::{KernelIo, Prepared};

use crate::movement::elements::{Places, Take, element_bytes};

/// The places of the elements of an image of shape `image` in the same one with blocks of
/// `block`×`block` as channels.
pub fn places(image: [usize; 4], block: usize, element_bytes: usize) -> Places {
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
            let image = [
                batch,
                height * block,
                width * block,
                channels / (block * block),
            ];
            Take::boxed(places(image, block, bytes))
        }
        SpaceDepthKind::SpaceToDepth => {
            let places = places([batch, height, width, channels], block, bytes);
            Box::new(move |io: &mut KernelIo<'_>| {
                let input = io.view(0)?.bytes();
                places.put(input, io.outputs[0].bytes_mut());
                Ok(())
            })
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_channels_by_rows() {
        let places = places([1, 2, 4, 1], 2, 1);
        let mut deep = [0; 8];
        places.put(&[1, 2, 3, 4, 5, 6, 7, 8], &mut deep);
        assert_eq!(deep, [1, 2, 5, 6, 3, 4, 7, 8]);
        let mut image = [0; 8];
        places.take(&deep, &mut image);
        assert_eq!(image, [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
