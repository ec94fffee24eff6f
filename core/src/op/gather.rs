//! GATHER: slices of a tensor along an axis, chosen by indices.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, GatherOptions};
use crate::shape::Shape;

/// Inputs: a tensor and indices (int16, int32 or int64). Output: the tensor with its axis replaced
/// by the dimensions of the indices that are not shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gather {
    /// The axis that indices count along, negative when counted from the end.
    pub axis: i32,
    /// Leading dimensions that both inputs share, negative when counted from the end of the
    /// indices: for each of their places, indices choose from that place alone.
    pub batch_dims: i32,
}

impl Gather {
    /// The axis and the number of shared dimensions.
    ///
    /// # Errors
    /// [`OpError::Shape`] where the shapes do not have them.
    pub fn resolve(&self, input: &Shape, indices: &Shape) -> Result<(usize, usize), OpError> {
        let axis = input.axis(self.axis.into())?;
        let batch_dims = match i64::from(self.batch_dims) {
            from_end @ ..0 => from_end + indices.rank() as i64,
            batch_dims => batch_dims,
        };
        let shared = usize::try_from(batch_dims)
            .ok()
            .filter(|&shared| shared <= axis && shared <= indices.rank());
        match shared {
            Some(shared) if input[..shared] == indices[..shared] => Ok((axis, shared)),
            _ => Err(OpError::rule(format!(
                "shapes {input} and {indices} do not share {batch_dims} dimensions before axis \
                 {axis}"
            ))),
        }
    }
}

/// Checks that an input holds indices of a gather.
pub(super) fn expect_gather_indices(node: &NodeContext<'_>, index: usize) -> Result<(), OpError> {
    match node.required(index)?.dtype {
        DataType::Int16 | DataType::Int32 | DataType::Int64 => Ok(()),
        dtype => Err(OpError::Type {
            what: "indices",
            dtype,
            accepted: "int16, int32 or int64",
        }),
    }
}

impl Attributes for Gather {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, GatherOptions)?;
        Ok(Gather {
            axis: options.axis,
            batch_dims: options.batch_dims,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = GatherOptions {
            axis: self.axis,
            batch_dims: self.batch_dims,
        };
        (
            BuiltinOperator::Gather,
            BuiltinOptions::GatherOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        expect_gather_indices(node, 1)
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(0)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::Float8E4M3Fn | DataType::Float8E5M2) => 8,
            Some(DataType::Int4) => 7,
            _ if node.input_type(1) == Some(DataType::Int16) => 6,
            _ if self.batch_dims != 0 => 5,
            Some(DataType::Int16) => 4,
            Some(DataType::Bool) => 3,
            Some(DataType::Int8) => 2,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (input, indices) = (node.shape(0)?, node.shape(1)?);
        let (axis, shared) = self.resolve(input, indices)?;
        let dims = [&input[..axis], &indices[shared..], &input[axis + 1..]];
        Ok(vec![Shape::new(dims.concat())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_dimensions_come_before_the_axis() {
        let input = Shape::from([2, 3, 5]);
        let indices = Shape::from([2, 7]);
        let resolve = |axis, batch_dims| Gather { axis, batch_dims }.resolve(&input, &indices);
        assert_eq!(resolve(-1, 1).unwrap(), (2, 1));
        assert_eq!(resolve(1, -1).unwrap(), (1, 1));
        assert_eq!(resolve(0, 0).unwrap(), (0, 0));
        for (axis, batch_dims) in [(0, 1), (2, 2), (3, 0), (2, -3), (2, 3)] {
            assert!(resolve(axis, batch_dims).is_err(), "{axis} {batch_dims}");
        }
    }
}
