//! MIRROR_PAD: a border that mirrors what it lies around.

use super::Attributes;
use super::version::by_input;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::op::pad::paddings;
use crate::schema::{BuiltinOperator, BuiltinOptions, MirrorPadOptions};
use crate::shape::Shape;

coded_enum! {
    /// Where the mirror stands.
    MirrorPadMode("mode") {
        /// On the outermost element, which is not repeated.
        #[default]
        Reflect = 0,
        /// Beside the outermost element, which is repeated.
        Symmetric = 1,
    }
}

/// Inputs: a tensor and paddings `[rank,2]` (int32 or int64), before and after each dimension.
/// Output: the extents with their paddings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorPad {
    /// Where the mirror stands.
    pub mode: MirrorPadMode,
}

impl MirrorPad {
    /// What lies before and after each dimension.
    ///
    /// # Errors
    /// [`OpError::Unknown`] where only an invocation shows it, [`OpError::Shape`] for more than
    /// there is to mirror.
    pub fn paddings(&self, node: &NodeContext<'_>) -> Result<Vec<[usize; 2]>, OpError> {
        let input = node.shape(0)?;
        let paddings = paddings(input, &node.indices(1)?)?;
        let unmirrored = match self.mode {
            MirrorPadMode::Reflect => 1,
            MirrorPadMode::Symmetric => 0,
        };
        let fits = std::iter::zip(input.iter(), &paddings).all(|(&extent, pair)| {
            let most = extent.checked_sub(unmirrored);
            most.is_some_and(|most| pair.iter().all(|&padding| padding <= most))
        });
        if fits {
            return Ok(paddings);
        }
        Err(OpError::rule(format!(
            "shape {input} has less to mirror than the paddings {paddings:?}"
        )))
    }
}

impl Attributes for MirrorPad {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, MirrorPadOptions)?;
        Ok(MirrorPad {
            mode: MirrorPadMode::from_code(options.mode)?,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = MirrorPadOptions {
            mode: self.mode.code(),
        };
        (
            BuiltinOperator::MirrorPad,
            BuiltinOptions::MirrorPadOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "paddings")
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        by_input(node, 0, &[(DataType::Int16, 3), (DataType::Int8, 2)])
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let extents = std::iter::zip(input.iter(), self.paddings(node)?);
        // No padding is longer than its extent.
        Ok(vec![
            extents
                .map(|(extent, [before, after])| extent + before + after)
                .collect(),
        ])
    }
}
