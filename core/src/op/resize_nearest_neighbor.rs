//! RESIZE_NEAREST_NEIGHBOR: images of another size, each element the nearest of the input.

use super::resize_bilinear::resized;
use super::{Attributes, nhwc};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, ResizeNearestNeighborOptions};
use crate::shape::Shape;

/// Inputs: image `[N,H,W,C]` and the new height and width (int32). Output: `[N,H',W',C]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResizeNearestNeighbor {
    /// Whether the corner elements of both images lie on one another.
    pub align_corners: bool,
    /// Whether an element stands for the middle of its cell.
    pub half_pixel_centers: bool,
}

impl ResizeNearestNeighbor {
    /// The index along a dimension of the input that is nearest to `index` of the output, where the
    /// dimension has the extents `input` and `output`; in single precision.
    #[must_use]
    pub fn nearest(&self, index: usize, [input, output]: [usize; 2]) -> usize {
        let scale = if self.align_corners && output > 1 {
            (input - 1) as f32 / (output - 1) as f32
        } else {
            input as f32 / output as f32
        };
        let offset = if self.half_pixel_centers { 0.5 } else { 0.0 };
        let place = (index as f32 + offset) * scale;
        let place = if self.align_corners {
            place.round()
        } else {
            place.floor()
        };
        (place as usize).min(input - 1)
    }
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

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(0)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::Int16) => 4,
            _ if self.half_pixel_centers || self.align_corners => 3,
            Some(DataType::Int8) => 2,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let image = nhwc(node.shape(0)?, "image")?;
        resized(image, &node.indices(1)?).map(|shape| vec![shape])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conventions_differ_in_where_elements_stand() {
        let row = |sizes: [usize; 2], align_corners, half_pixel_centers| -> Vec<usize> {
            let op = ResizeNearestNeighbor {
                align_corners,
                half_pixel_centers,
            };
            (0..sizes[1])
                .map(|index| op.nearest(index, sizes))
                .collect()
        };
        assert_eq!(row([3, 6], false, false), [0, 0, 1, 1, 2, 2]);
        assert_eq!(row([3, 4], true, false), [0, 1, 1, 2]);
        assert_eq!(row([4, 2], false, true), [1, 3]);
        assert_eq!(row([4, 1], true, false), [0]);
    }
}
