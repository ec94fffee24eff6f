//! HASHTABLE_FIND: the values that a table has for keys.

use super::Attributes;
use super::var_handle::expect_handle;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: the handle, the keys, and the value of keys that are not there. The output has the shape of
/// the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HashtableFind;

impl Attributes for HashtableFind {
    without_attributes!(HashtableFind, HashtableFindOptions);

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=3, 1..=1)?;
        expect_handle(node)
    }

    fn is_pure(&self) -> bool {
        false
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(1)?.clone()])
    }
}
