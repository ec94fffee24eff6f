//! SCATTER_ND: slices added to zeros, each at its coordinates.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::op::gather_nd::named_dimensions;
use crate::shape::Shape;

/// Inputs: coordinates (int32) `[…, n]`, which name the first `n` dimensions of the output; updates,
/// whose dimensions are those of the coordinates but for the last, then those of the output that
/// are not named; and the output's shape (int32). Where coordinates repeat, updates add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScatterNd;

impl Attributes for ScatterNd {
    without_attributes! { ScatterNd, ScatterNdOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=3, 1..=1)?;
        node.expect_indices(0, "indices")?;
        node.expect_indices(2, "shape")
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(1)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (coordinates, updates) = (node.shape(0)?, node.shape(1)?);
        let output = node.extents(2)?;
        let named = named_dimensions(&output, coordinates)?;
        let outer = &coordinates[..coordinates.rank() - 1];
        let needed = Shape::new([outer, &output[named..]].concat());
        if *updates != needed {
            return Err(OpError::rule(format!(
                "updates of shape {updates} where {needed} is needed"
            )));
        }
        Ok(vec![output])
    }
}
