//! ONE_HOT: each index as a vector with one element switched on.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::op::pack::{added_axis, with_dimension};
use crate::schema::{BuiltinOperator, BuiltinOptions, OneHotOptions};
use crate::shape::Shape;

/// Inputs: indices (int32 or int64), the length of the vectors (one int32), the value that is on,
/// and the value that is off. Output: the shape of the indices with one more dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneHot {
    /// The place of the vectors' dimension; −1 is behind the last.
    pub axis: i32,
}

impl Attributes for OneHot {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, OneHotOptions)?;
        Ok(OneHot { axis: options.axis })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = OneHotOptions { axis: self.axis };
        (
            BuiltinOperator::OneHot,
            BuiltinOptions::OneHotOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(4..=4, 1..=1)?;
        node.expect_indices(0, "indices")?;
        node.expect_indices(1, "depth")
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(2)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let indices = node.shape(0)?;
        for index in [2, 3] {
            let shape = node.shape(index)?;
            if shape.elements() != 1 {
                return Err(OpError::rule(format!(
                    "input {index} has shape {shape} where one value is needed"
                )));
            }
        }
        let depth = node.single_index(1)?;
        let depth = usize::try_from(depth)
            .map_err(|_| OpError::rule(format!("vectors of length {depth}")))?;
        let axis = added_axis(indices, self.axis.into())?;
        Ok(vec![with_dimension(indices, axis, depth)])
    }
}
