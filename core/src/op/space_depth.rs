//! SPACE_TO_DEPTH and DEPTH_TO_SPACE: square blocks of an image as channels, and back.

use super::version::by_input;
use super::{Attributes, nhwc, positive};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, DepthToSpaceOptions, SpaceToDepthOptions};
use crate::shape::Shape;

operator_kinds! {
    /// The direction of the move.
    SpaceDepthKind {
        /// Channels become a block.
        DepthToSpace,
        /// A block becomes channels.
        SpaceToDepth,
    }
}

/// Input: image `[N,H,W,C]`. Output, for blocks of `b`: `[N,H·b,W·b,C/b²]` or
/// `[N,H/b,W/b,C·b²]`. Channels are ordered by row, then column of the block, then channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceDepth {
    /// The direction of the move.
    pub kind: SpaceDepthKind,
    /// Length of a block's side.
    pub block_size: usize,
}

impl Attributes for SpaceDepth {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let kind = SpaceDepthKind::of(operator)?;
        let block_size = match kind {
            SpaceDepthKind::DepthToSpace => options_of!(options, DepthToSpaceOptions)?.block_size,
            SpaceDepthKind::SpaceToDepth => options_of!(options, SpaceToDepthOptions)?.block_size,
        };
        Ok(SpaceDepth {
            kind,
            block_size: positive("block_size", block_size)?,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let block_size = self.block_size as i32;
        let options = match self.kind {
            SpaceDepthKind::DepthToSpace => {
                BuiltinOptions::DepthToSpaceOptions(DepthToSpaceOptions { block_size })
            }
            SpaceDepthKind::SpaceToDepth => {
                BuiltinOptions::SpaceToDepthOptions(SpaceToDepthOptions { block_size })
            }
        };
        (self.kind.operator(), options)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(node, 0, &[(DataType::Int8, 2)])
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let [batch, height, width, channels] = nhwc(node.shape(0)?, "image")?;
        let block = self.block_size;
        let times = |extent: usize, factor: usize| extent.checked_mul(factor);
        let parts = |extent: usize, factor: Option<usize>| {
            factor
                .filter(|&factor| extent.is_multiple_of(factor))
                .map(|factor| extent / factor)
        };
        let area = block.checked_mul(block);
        let dims = match self.kind {
            SpaceDepthKind::DepthToSpace => [
                Some(batch),
                times(height, block),
                times(width, block),
                parts(channels, area),
            ],
            SpaceDepthKind::SpaceToDepth => [
                Some(batch),
                parts(height, Some(block)),
                parts(width, Some(block)),
                area.and_then(|area| times(channels, area)),
            ],
        };
        let shape = dims.into_iter().collect::<Option<Shape>>();
        shape.map(|shape| vec![shape]).ok_or_else(|| {
            OpError::rule(format!(
                "an image of {height}×{width} with {channels} channels does not divide into \
                 blocks of {block}×{block}"
            ))
        })
    }
}
