//! HASHTABLE_IMPORT: fills a table, unless it was filled before.

use super::Attributes;
use super::var_handle::expect_handle;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: the handle, the keys, and their values. There is no output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HashtableImport;

impl Attributes for HashtableImport {
    without_attributes!(HashtableImport, HashtableImportOptions);

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=3, 0..=0)?;
        expect_handle(node)
    }

    fn is_pure(&self) -> bool {
        false
    }

    fn infer(&self, _: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(Vec::new())
    }
}
