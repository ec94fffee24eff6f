//! PACK: tensors of one shape under one another along an axis that none of them has.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, PackOptions};
use crate::shape::Shape;

/// Inputs: one tensor or more, of one shape and type. Output: their shape with one more dimension,
/// whose extent is their number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Number of inputs.
    pub values_count: i32,
    /// The place of the additional dimension, negative when counted from the end.
    pub axis: i32,
}

/// The place of a dimension that is added to `shape`; −1 is behind the last.
///
/// # Errors
/// [`OpError::Shape`] for a place that a shape of one dimension more does not have.
pub fn added_axis(shape: &Shape, axis: i64) -> Result<usize, OpError> {
    let rank = shape.rank() as i64 + 1;
    let resolved = if axis < 0 { axis + rank } else { axis };
    if (0..rank).contains(&resolved) {
        Ok(resolved as usize)
    } else {
        Err(OpError::rule(format!(
            "shape {shape} takes no additional dimension at {axis}"
        )))
    }
}

/// `shape` with a dimension of `extent` at `axis`.
pub(super) fn with_dimension(shape: &Shape, axis: usize, extent: usize) -> Shape {
    let mut dims = shape.to_vec();
    dims.insert(axis, extent);
    Shape::new(dims)
}

impl Attributes for Pack {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, PackOptions)?;
        Ok(Pack {
            values_count: options.values_count,
            axis: options.axis,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = PackOptions {
            values_count: self.values_count,
            axis: self.axis,
        };
        (BuiltinOperator::Pack, BuiltinOptions::PackOptions(options))
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        let values = super::positive("values_count", self.values_count)?;
        node.expect_counts(values..=values, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(
            node,
            0,
            &[
                (DataType::Float8E4M3Fn, 5),
                (DataType::Float8E5M2, 5),
                (DataType::Int8, 2),
                (DataType::Int16, 3),
                (DataType::UInt32, 4),
            ],
        )
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let first = node.shape(0)?;
        for index in 1..node.input_count() {
            let shape = node.shape(index)?;
            if shape != first {
                return Err(OpError::rule(format!(
                    "input {index} has shape {shape} where {first} is needed"
                )));
            }
        }
        let axis = added_axis(first, self.axis.into())?;
        Ok(vec![with_dimension(first, axis, node.input_count())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dimension_can_be_added_at_either_end() {
        let shape = Shape::from([2, 3]);
        assert_eq!(added_axis(&shape, 0).unwrap(), 0);
        assert_eq!(added_axis(&shape, -1).unwrap(), 2);
        assert!(added_axis(&shape, 3).is_err());
        assert!(added_axis(&shape, -4).is_err());
        assert_eq!(with_dimension(&shape, 1, 7), Shape::from([2, 7, 3]));
    }
}
