//! HASHTABLE_SIZE: how many keys a table has.

use super::Attributes;
use super::var_handle::expect_handle;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Input: the handle. The output is one int64, of shape `[1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HashtableSize;

impl Attributes for HashtableSize {
    without_attributes!(HashtableSize, HashtableSizeOptions);

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)?;
        expect_handle(node)
    }

    fn is_pure(&self) -> bool {
        false
    }

    fn infer(&self, _: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![Shape::from([1])])
    }
}
