//! SPACE_TO_DEPTH and DEPTH_TO_SPACE: square blocks of an image as channels, and back.

use demilite_core::op::{SpaceDepth, nhwc, space_depth::SpaceDepthKind};
use demilite_core::{NodeContext, OpError, Reject, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::{Places, Take};
use crate::node::check;
use crate::node::check::rule;
use crate::node::effect::Effect;

impl GpuOp for SpaceDepth {
    type Plan = Take;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Take, Reject> {
        let moved = check::moved(node, [0], device)?;
        let input =
            nhwc(node.shape(0).map_err(rule)?, "image").map_err(|e| rule(OpError::Shape(e)))?;
        let [batch, height, width, channels] = input;
        let block = self.block_size;
        let extents = match self.kind {
            // An image as rows of blocks, and each block as rows of pixels.
            SpaceDepthKind::SpaceToDepth => {
                [batch, height / block, width / block, block, block, channels]
            }
            SpaceDepthKind::DepthToSpace => [
                batch,
                height,
                block,
                width,
                block,
                channels / (block * block),
            ],
        };
        let inner = extents[5];
        let steps = match self.kind {
            SpaceDepthKind::SpaceToDepth => {
                let row = width * channels;
                [
                    height * row,
                    block * row,
                    block * channels,
                    row,
                    channels,
                    1,
                ]
            }
            SpaceDepthKind::DepthToSpace => {
                let row = width * channels;
                [height * row, row, block * inner, channels, inner, 1]
            }
        };
        let places = Places::new(&extents, moved, 0.0, |axis, index| {
            Some(index * steps[axis])
        })?;
        Ok(Take::first(moved, places))
    }

    fn lower(
        &self,
        plan: Take,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}
