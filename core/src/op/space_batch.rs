//! SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: blocks of an image as entries of a batch, and back.

use super::Attributes;
use super::version::rank;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{
    BatchToSpaceNDOptions, BuiltinOperator, BuiltinOptions, SpaceToBatchNDOptions,
};
use crate::shape::Shape;

operator_kinds! {
    /// The direction of the move.
    SpaceBatchKind {
        /// Entries of the batch become a block; margins are cropped from the result.
        BatchToSpaceNd,
        /// A block becomes entries of the batch; margins are added to the input.
        SpaceToBatchNd,
    }
}

/// Inputs: a tensor `[N, spatial…, rest…]`, the extents of a block along each spatial dimension, and
/// the margins `[spatial,2]` before and after each (both int32 or int64). Output: a tensor with the
/// same dimensions, its batch larger and its spatial extents smaller by the block, or the reverse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceBatch {
    /// The direction of the move.
    pub kind: SpaceBatchKind,
}

/// What a node of either op does along the spatial dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    /// The block's extent along each.
    pub extents: Vec<usize>,
    /// What lies before and after along each.
    pub margins: Vec<[usize; 2]>,
}

impl Blocks {
    /// The blocks and margins that the second and third inputs give.
    ///
    /// # Errors
    /// [`OpError::Unknown`] where only an invocation shows them, [`OpError::Shape`] where they do
    /// not fit the first input.
    pub fn of(node: &NodeContext<'_>) -> Result<Self, OpError> {
        let input = node.shape(0)?;
        let (blocks, margins) = (node.extents(1)?, node.extents(2)?);
        if blocks.len() >= input.rank() || margins.len() != 2 * blocks.len() {
            return Err(OpError::rule(format!(
                "{} block extents and {} margins for a tensor of shape {input}",
                blocks.len(),
                margins.len()
            )));
        }
        if blocks.contains(&0) {
            return Err(OpError::rule(format!("a block of shape {blocks}")));
        }
        Ok(Blocks {
            extents: blocks.to_vec(),
            margins: margins
                .chunks_exact(2)
                .map(|pair| [pair[0], pair[1]])
                .collect(),
        })
    }

    fn volume(&self) -> Option<usize> {
        let extents = self.extents.iter();
        extents.copied().try_fold(1_usize, usize::checked_mul)
    }

    fn output(&self, kind: SpaceBatchKind, input: &Shape) -> Option<Shape> {
        let volume = self.volume()?;
        let mut dims = input.to_vec();
        dims[0] = match kind {
            SpaceBatchKind::SpaceToBatchNd => dims[0].checked_mul(volume)?,
            SpaceBatchKind::BatchToSpaceNd => exact_quotient(dims[0], volume)?,
        };
        for (axis, (&block, &[before, after])) in
            std::iter::zip(&self.extents, &self.margins).enumerate()
        {
            let extent = &mut dims[axis + 1];
            *extent = match kind {
                SpaceBatchKind::SpaceToBatchNd => {
                    exact_quotient(extent.checked_add(before)?.checked_add(after)?, block)?
                }
                SpaceBatchKind::BatchToSpaceNd => extent
                    .checked_mul(block)?
                    .checked_sub(before)?
                    .checked_sub(after)?,
            };
        }
        Some(Shape::new(dims))
    }
}

fn exact_quotient(dividend: usize, divisor: usize) -> Option<usize> {
    dividend
        .is_multiple_of(divisor)
        .then(|| dividend.checked_div(divisor))?
}

impl Attributes for SpaceBatch {
    fn decode(operator: BuiltinOperator, _: &BuiltinOptions) -> Result<Self, OpError> {
        SpaceBatchKind::of(operator).map(|kind| SpaceBatch { kind })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = match self.kind {
            SpaceBatchKind::BatchToSpaceNd => {
                BuiltinOptions::BatchToSpaceNDOptions(BatchToSpaceNDOptions {})
            }
            SpaceBatchKind::SpaceToBatchNd => {
                BuiltinOptions::SpaceToBatchNDOptions(SpaceToBatchNDOptions {})
            }
        };
        (self.kind.operator(), options)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=3, 1..=1)?;
        node.expect_indices(1, "block extents")?;
        node.expect_indices(2, "margins")
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::Int16) => 4,
            _ if rank(node, 0) != 4 => 3,
            Some(DataType::Int8) => 2,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let blocks = Blocks::of(node)?;
        let output = blocks.output(self.kind, input);
        output.map(|shape| vec![shape]).ok_or_else(|| {
            OpError::rule(format!(
                "shape {input} does not divide into blocks of {:?} with margins {:?}",
                blocks.extents, blocks.margins
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_direction_undoes_the_other() {
        let blocks = Blocks {
            extents: vec![2, 3],
            margins: vec![[1, 0], [2, 2]],
        };
        let image = Shape::from([2, 3, 5, 7]);
        let batch = Shape::from([12, 2, 3, 7]);
        let output = blocks.output(SpaceBatchKind::SpaceToBatchNd, &image);
        assert_eq!(output.as_ref(), Some(&batch));
        let output = blocks.output(SpaceBatchKind::BatchToSpaceNd, &batch);
        assert_eq!(output, Some(image));
        for odd in [[7, 2, 3, 7], [12, 0, 3, 7], [12, 2, 1, 7]] {
            let output = blocks.output(SpaceBatchKind::BatchToSpaceNd, &Shape::from(odd));
            assert_eq!(output, None, "{odd:?}");
        }
    }
}
