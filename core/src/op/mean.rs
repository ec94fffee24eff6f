//! MEAN: the average along some axes.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, ReducerOptions};
use crate::shape::Shape;

/// Inputs: a tensor and the axes (int32), negative ones counted from the end.
/// Output: the input's shape without those axes, or with 1 in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mean {
    /// Whether reduced axes stay, with extent 1.
    pub keep_dims: bool,
}

/// Which axes of a tensor of this shape the second input of a reduction names.
pub fn reduced_axes(shape: &Shape, axes: &[i64]) -> Result<Vec<bool>, OpError> {
    let mut reduced = vec![false; shape.rank()];
    // A scalar has no axis to name, and LiteRT takes any axis of it for none.
    if shape.rank() > 0 {
        for &axis in axes {
            reduced[shape.axis(axis)?] = true;
        }
    }
    Ok(reduced)
}

/// The shape that remains of a reduction.
pub(super) fn reduced_shape(shape: &Shape, reduced: &[bool], keep_dims: bool) -> Shape {
    std::iter::zip(shape.iter(), reduced)
        .filter_map(|(&dim, &reduced)| match (reduced, keep_dims) {
            (false, _) => Some(dim),
            (true, true) => Some(1),
            (true, false) => None,
        })
        .collect()
}

impl Attributes for Mean {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, ReducerOptions)?;
        Ok(Mean {
            keep_dims: options.keep_dims,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = ReducerOptions {
            keep_dims: self.keep_dims,
        };
        (
            BuiltinOperator::Mean,
            BuiltinOptions::ReducerOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "axes")
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(node, 0, &[(DataType::Int16, 3), (DataType::Int8, 2)])
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let reduced = reduced_axes(input, &node.indices(1)?)?;
        Ok(vec![reduced_shape(input, &reduced, self.keep_dims)])
    }
}
