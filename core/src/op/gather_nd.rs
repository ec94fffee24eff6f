//! GATHER_ND: slices of a tensor, each named by its coordinates.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::op::gather::expect_gather_indices;
use crate::shape::Shape;

/// Inputs: a tensor and coordinates (int16, int32 or int64) `[…, n]`, which name its first `n`
/// dimensions. Output: the dimensions of the coordinates but for the last, then those of the tensor
/// that are not named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatherNd;

/// The number of dimensions that coordinates of this shape name.
///
/// # Errors
/// [`OpError::Shape`] for more than `tensor` has.
pub fn named_dimensions(tensor: &Shape, coordinates: &Shape) -> Result<usize, OpError> {
    match coordinates.last() {
        Some(&named) if named <= tensor.rank() => Ok(named),
        _ => Err(OpError::rule(format!(
            "coordinates of shape {coordinates} do not fit a tensor of shape {tensor}: their last \
             extent is the number of dimensions that they name"
        ))),
    }
}

impl Attributes for GatherNd {
    without_attributes! { GatherNd, GatherNdOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        expect_gather_indices(node, 1)
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(0)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::Float8E4M3Fn | DataType::Float8E5M2) => 6,
            Some(DataType::Bool) => 5,
            _ if node.input_type(1) == Some(DataType::Int16) => 4,
            Some(DataType::Int16) => 3,
            Some(DataType::String) => 2,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (input, coordinates) = (node.shape(0)?, node.shape(1)?);
        let named = named_dimensions(input, coordinates)?;
        let outer = &coordinates[..coordinates.rank() - 1];
        Ok(vec![Shape::new([outer, &input[named..]].concat())])
    }
}
