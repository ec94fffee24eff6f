//! SPARSE_TO_DENSE: values put where indices say, and a default elsewhere.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, SparseToDenseOptions};
use crate::shape::Shape;

/// Inputs: indices (int32 or int64) as one, `[count]`, or `[count,rank]`; the output's shape (int32 or
/// int64); values `[count]` or one for all; the default. Output: a tensor of that shape, where the
/// last of several values for one place stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparseToDense {
    /// Whether the converter promises indices in order and without repetition.
    pub validate_indices: bool,
}

impl Attributes for SparseToDense {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, SparseToDenseOptions)?;
        Ok(SparseToDense {
            validate_indices: options.validate_indices,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = SparseToDenseOptions {
            validate_indices: self.validate_indices,
        };
        (BuiltinOperator::SparseToDense, options.into())
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(4..=4, 1..=1)?;
        node.expect_indices(0, "indices")?;
        node.expect_indices(1, "output shape")
    }

    fn output_type(&self, node: &NodeContext<'_>) -> Option<DataType> {
        node.input_type(2)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(
            node,
            2,
            &[
                (DataType::Int8, 3),
                (DataType::UInt8, 3),
                (DataType::Int64, 2),
            ],
        )
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (indices, values) = (node.shape(0)?, node.shape(2)?);
        let output = node.extents(1)?;
        let (count, rank) = match indices[..] {
            [] => (1, 1),
            [count] => (count, 1),
            [count, rank] => (count, rank),
            _ => {
                return Err(OpError::rule(format!(
                    "indices of shape {indices} where at most two dimensions are needed"
                )));
            }
        };
        let fits = values.rank() == 0 || values[..] == [count];
        if rank != output.rank() || !fits || node.shape(3)?.elements() != 1 {
            return Err(OpError::rule(format!(
                "indices of shape {indices} and values of shape {values} for an output of shape \
                 {output}"
            )));
        }
        Ok(vec![output])
    }
}
