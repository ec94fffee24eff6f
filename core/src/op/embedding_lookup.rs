//! EMBEDDING_LOOKUP: rows of a table, chosen by indices.

use super::Attributes;
use super::version::is_per_axis;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: indices `[n]` (int32) and a table of rank 2 or more. Output: the table's rows that the
/// indices name; an integer table with scales may feed a float output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingLookup;

impl Attributes for EmbeddingLookup {
    without_attributes! { EmbeddingLookup }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        match node.required(0)?.dtype {
            DataType::Int32 => Ok(()),
            dtype => Err(OpError::Type {
                what: "indices",
                dtype,
                accepted: "int32",
            }),
        }
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(1) {
            Some(DataType::Int4) => 4,
            _ if is_per_axis(node.input(1)) => 4,
            Some(DataType::Int2) => 5,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (indices, table) = (node.shape(0)?, node.shape(1)?);
        match (&indices[..], table.rank()) {
            (&[count], 2..) => Ok(vec![Shape::new([&[count], &table[1..]].concat())]),
            _ => Err(OpError::rule(format!(
                "indices of shape {indices} and a table of shape {table} where a vector and rank \
                 2 or more are needed"
            ))),
        }
    }
}
