//! RESIZE_NEAREST_NEIGHBOR: pictures of another size, each element the nearest of the input.

use super::resize_bilinear::resized;
use super::{Attributes, nhwc};
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, ResizeNearestNeighborOptions};
use crate::shape::Shape;

/// Inputs: picture `[N,H,W,C]` and the new height and width (int32). Output: `[N,H',W',C]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResizeNearestNeighbor {
    /// Whether the corner elements of both pictures lie on one another.
    pub align_corners: bool,
    /// Whether an element stands for the middle of its cell.
    pub half_pixel_centers: bool,
}

impl Attributes for ResizeNearestNeighbor {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, ResizeNearestNeighborOptions)?;
        Ok(ResizeNearestNeighbor {
            align_corners: options.align_corners,
            half_pixel_centers: options.half_pixel_centers,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = ResizeNearestNeighborOptions {
            align_corners: self.align_corners,
            half_pixel_centers: self.half_pixel_centers,
        };
        (
            BuiltinOperator::ResizeNearestNeighbor,
            BuiltinOptions::ResizeNearestNeighborOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "size")
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let picture = nhwc(node.shape(0)?, "picture")?;
        resized(picture, &node.indices(1)?).map(|shape| vec![shape])
    }
}
