//! BUCKETIZE: the bucket that each number falls into.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BucketizeOptions, BuiltinOperator, BuiltinOptions};
use crate::shape::Shape;

/// Input: float32, float64, int32 or int64. Output: int32 of the same shape, the number of boundaries
/// that each element does not lie below.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucketize {
    /// The bounds between buckets, in ascending order.
    pub boundaries: Vec<f32>,
}

impl Attributes for Bucketize {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, BucketizeOptions)?;
        let boundaries = options.boundaries.clone().unwrap_or_default();
        if boundaries.is_sorted() {
            Ok(Bucketize { boundaries })
        } else {
            Err(OpError::rule("its boundaries are not in ascending order"))
        }
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = BucketizeOptions {
            boundaries: Some(self.boundaries.clone()),
        };
        (BuiltinOperator::Bucketize, options.into())
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 1..=1)?;
        match node.output(0).dtype {
            DataType::Int32 => Ok(()),
            dtype => Err(OpError::Type {
                what: "buckets",
                dtype,
                accepted: "int32",
            }),
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.clone()])
    }
}
