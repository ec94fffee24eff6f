//! RESIZE_BILINEAR: images of another size, each element a blend of its four neighbours.

use super::{Attributes, nhwc};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, ResizeBilinearOptions};
use crate::shape::Shape;

/// Inputs: image `[N,H,W,C]` and the new height and width (int32). Output: `[N,H',W',C]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResizeBilinear {
    /// Whether the corner elements of both images lie on one another.
    pub align_corners: bool,
    /// Whether an element stands for the middle of its cell.
    pub half_pixel_centers: bool,
}

impl Attributes for ResizeBilinear {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, ResizeBilinearOptions)?;
        Ok(ResizeBilinear {
            align_corners: options.align_corners,
            half_pixel_centers: options.half_pixel_centers,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = ResizeBilinearOptions {
            align_corners: self.align_corners,
            half_pixel_centers: self.half_pixel_centers,
        };
        (
            BuiltinOperator::ResizeBilinear,
            BuiltinOptions::ResizeBilinearOptions(options),
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
            _ if self.half_pixel_centers => 3,
            Some(DataType::Int8) => 2,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let image = nhwc(node.shape(0)?, "image")?;
        resized(image, &node.indices(1)?).map(|shape| vec![shape])
    }
}

/// The shape of an image brought to the size that the second input of a resize op gives.
pub(super) fn resized(image: [usize; 4], size: &[i64]) -> Result<Shape, OpError> {
    let [batch, height, width, channels] = image;
    match size {
        &[h, w] if h > 0 && w > 0 && height > 0 && width > 0 => {
            let [h, w] = [h, w].map(|extent| usize::try_from(extent).unwrap_or(usize::MAX));
            Ok(Shape::from([batch, h, w, channels]))
        }
        _ => Err(OpError::rule(format!(
            "an image of {height}×{width} cannot be brought to size {size:?}: two positive \
             extents are needed"
        ))),
    }
}
