//! REVERSE_SEQUENCE: sequences of a batch backwards, each as far as it is long.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, ReverseSequenceOptions};
use crate::shape::Shape;

/// Inputs: a tensor, and the length of each sequence of the batch (int32 or int64). Output: the
/// same shape, where elements beyond a sequence's length stay where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReverseSequence {
    /// The dimension that sequences run along.
    pub seq_dim: i32,
    /// The dimension that counts sequences.
    pub batch_dim: i32,
}

impl ReverseSequence {
    /// The dimension that sequences run along and the one that counts them.
    ///
    /// # Errors
    /// [`OpError::Shape`] where the shapes do not have them.
    pub fn resolve(&self, input: &Shape, lengths: &Shape) -> Result<(usize, usize), OpError> {
        let dimension = |dim: i32| usize::try_from(dim).ok().filter(|&dim| dim < input.rank());
        match (dimension(self.seq_dim), dimension(self.batch_dim)) {
            (Some(seq), Some(batch)) if seq != batch && **lengths == [input[batch]] => {
                Ok((seq, batch))
            }
            _ => Err(OpError::rule(format!(
                "lengths of shape {lengths} do not fit shape {input} with sequences along \
                 dimension {} in a batch along dimension {}",
                self.seq_dim, self.batch_dim
            ))),
        }
    }
}

impl Attributes for ReverseSequence {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, ReverseSequenceOptions)?;
        Ok(ReverseSequence {
            seq_dim: options.seq_dim,
            batch_dim: options.batch_dim,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = ReverseSequenceOptions {
            seq_dim: self.seq_dim,
            batch_dim: self.batch_dim,
        };
        (
            BuiltinOperator::ReverseSequence,
            BuiltinOptions::ReverseSequenceOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "lengths")
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        self.resolve(input, node.shape(1)?)?;
        Ok(vec![input.clone()])
    }
}
