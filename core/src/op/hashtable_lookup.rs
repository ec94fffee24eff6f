//! HASHTABLE_LOOKUP: rows of a table by their keys, and which keys were there.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: the keys that are looked up, int32 `[lookups]`; the keys of the table, int32 `[rows]`, from the least to
/// the greatest; and its rows, `[rows, …]`. Outputs: the rows, with nothing but zeros, or empty strings, for keys that
/// are not there, and 1 or 0 as uint8 for each key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HashtableLookup;

impl Attributes for HashtableLookup {
    without_attributes!(HashtableLookup);

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=3, 2..=2)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let [lookups, keys, table] = [node.shape(0)?, node.shape(1)?, node.shape(2)?];
        let (&[count], &[rows], [extent, row @ ..]) = (&lookups[..], &keys[..], &table[..]) else {
            return Err(OpError::rule(format!(
                "shapes {lookups}, {keys} and {table} where two lists and a table are needed"
            )));
        };
        if rows != *extent || rows == 0 {
            return Err(OpError::rule(format!(
                "{rows} keys for a table of shape {table}"
            )));
        }
        let found = [count].into_iter().chain(row.iter().copied()).collect();
        Ok(vec![found, Shape::from([count])])
    }
}
