//! DYNAMIC_UPDATE_SLICE: a box of a tensor overwritten, where data says.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::DynamicUpdateSliceOptions;
use crate::shape::Shape;

/// Inputs: a tensor, an update of the same rank that is nowhere larger, and where it goes along
/// each dimension (int32 or int64), moved inside where it would reach beyond. Output: the tensor
/// with the update in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DynamicUpdateSlice;

impl Attributes for DynamicUpdateSlice {
    without_attributes! {
        DynamicUpdateSlice => crate::schema::BuiltinOptions::DynamicUpdateSliceOptions(
            DynamicUpdateSliceOptions {}
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=3, 1..=1)?;
        node.expect_indices(2, "start indices")
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(0)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::BFloat16) => 6,
            Some(DataType::Int4) => 5,
            Some(DataType::Int16) => 4,
            Some(DataType::Float16) => 3,
            _ => by_input(node, 2, &[(DataType::Int64, 2)]),
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (input, update, start) = (node.shape(0)?, node.shape(1)?, node.shape(2)?);
        let is_inside = update.rank() == input.rank()
            && std::iter::zip(update.iter(), input.iter()).all(|(update, input)| update <= input);
        if !is_inside || **start != [input.rank()] {
            return Err(OpError::rule(format!(
                "an update of shape {update} at coordinates of shape {start} does not fit into \
                 shape {input}"
            )));
        }
        Ok(vec![input.clone()])
    }
}
