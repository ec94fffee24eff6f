//! UNSORTED_SEGMENT_MAX, _MIN, _PROD and _SUM: what the parts of each segment come to.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{
    BuiltinOperator, BuiltinOptions, UnsortedSegmentMaxOptions, UnsortedSegmentMinOptions,
    UnsortedSegmentProdOptions, UnsortedSegmentSumOptions,
};
use crate::shape::Shape;

operator_kinds! {
    /// What the parts of a segment come to.
    SegmentKind {
        /// The largest.
        UnsortedSegmentMax,
        /// The smallest.
        UnsortedSegmentMin,
        /// The product.
        UnsortedSegmentProd,
        /// The sum.
        UnsortedSegmentSum,
    }
}

/// Inputs: a tensor (int32 or float32), the segment of each of its parts (int32, whose shape the
/// tensor's begins with; a negative one leaves the part out), the number of segments (int32 `[]`).
/// Output: `[segments, …]` with the rest of the tensor's shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsortedSegment {
    /// What the parts of a segment come to.
    pub kind: SegmentKind,
}

impl Attributes for UnsortedSegment {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let kind = SegmentKind::of(operator)?;
        match kind {
            SegmentKind::UnsortedSegmentMax => {
                options_of!(options, UnsortedSegmentMaxOptions)?;
            }
            SegmentKind::UnsortedSegmentMin => {
                options_of!(options, UnsortedSegmentMinOptions)?;
            }
            SegmentKind::UnsortedSegmentProd => {
                options_of!(options, UnsortedSegmentProdOptions)?;
            }
            SegmentKind::UnsortedSegmentSum => {
                options_of!(options, UnsortedSegmentSumOptions)?;
            }
        }
        Ok(UnsortedSegment { kind })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = match self.kind {
            SegmentKind::UnsortedSegmentMax => UnsortedSegmentMaxOptions {}.into(),
            SegmentKind::UnsortedSegmentMin => UnsortedSegmentMinOptions {}.into(),
            SegmentKind::UnsortedSegmentProd => UnsortedSegmentProdOptions {}.into(),
            SegmentKind::UnsortedSegmentSum => UnsortedSegmentSumOptions {}.into(),
        };
        (self.kind.operator(), options)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=3, 1..=1)?;
        node.expect_indices(1, "segments")?;
        node.expect_indices(2, "number of segments")
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (input, segments) = (node.shape(0)?, node.shape(1)?);
        let Some(rest) = input.strip_prefix(&segments[..]) else {
            return Err(OpError::rule(format!(
                "segments of shape {segments} for a tensor of shape {input}"
            )));
        };
        let count = node.single_index(2)?;
        let count = usize::try_from(count)
            .map_err(|_| OpError::rule(format!("a count of {count} segments")))?;
        Ok(vec![[count].iter().chain(rest).copied().collect()])
    }
}
