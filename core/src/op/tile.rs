//! TILE: a tensor repeated along each dimension.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: a tensor, and how often it is repeated along each dimension (int32 or int64).
/// Output: the extents times the repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile;

impl Attributes for Tile {
    without_attributes! { Tile, TileOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "multiples")
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(node, 0, &[(DataType::Int8, 3), (DataType::String, 2)])
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let multiples = node.extents(1)?;
        if multiples.len() != input.rank() {
            return Err(OpError::rule(format!(
                "{} multiples for a tensor of shape {input}",
                multiples.len()
            )));
        }
        let extents = std::iter::zip(input.iter(), multiples.iter());
        let shape = extents
            .map(|(&extent, &multiple)| extent.checked_mul(multiple))
            .collect::<Option<Shape>>();
        shape
            .map(|shape| vec![shape])
            .ok_or_else(|| OpError::rule("the repeated extents are larger than can be addressed"))
    }
}
