//! NON_MAX_SUPPRESSION_V4 and V5: the boxes with the best scores that do not overlap.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{
    BuiltinOperator, BuiltinOptions, NonMaxSuppressionV4Options, NonMaxSuppressionV5Options,
};
use crate::shape::Shape;

operator_kinds! {
    /// What becomes of the score of a box that overlaps a chosen one.
    SuppressionKind {
        /// It stays. Outputs: the chosen boxes' indices (int32 `[most]`, then zeros) and their
        /// number (int32 `[]`).
        NonMaxSuppressionV4,
        /// It sinks as sigma, a sixth input (float32 `[]`), says. Outputs: the indices, the scores
        /// with which they were chosen (float32 `[most]`, then zeros), and their number.
        NonMaxSuppressionV5,
    }
}

/// Inputs: boxes `[N,4]` as two opposite corners (row, column), scores `[N]`, the most boxes to
/// choose (int32 `[]`), the overlap from which a box is left out and the score that a box must
/// exceed (float32 `[]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NonMaxSuppression {
    /// What becomes of the score of a box that overlaps a chosen one.
    pub kind: SuppressionKind,
}

impl Attributes for NonMaxSuppression {
    fn decode(operator: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let kind = SuppressionKind::of(operator)?;
        match kind {
            SuppressionKind::NonMaxSuppressionV4 => {
                options_of!(options, NonMaxSuppressionV4Options)?;
            }
            SuppressionKind::NonMaxSuppressionV5 => {
                options_of!(options, NonMaxSuppressionV5Options)?;
            }
        }
        Ok(NonMaxSuppression { kind })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = match self.kind {
            SuppressionKind::NonMaxSuppressionV4 => NonMaxSuppressionV4Options {}.into(),
            SuppressionKind::NonMaxSuppressionV5 => NonMaxSuppressionV5Options {}.into(),
        };
        (self.kind.operator(), options)
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        let (inputs, outputs) = match self.kind {
            SuppressionKind::NonMaxSuppressionV4 => (5, 2),
            SuppressionKind::NonMaxSuppressionV5 => (6, 3),
        };
        node.expect_counts(inputs..=inputs, outputs..=outputs)?;
        node.expect_indices(2, "most boxes")?;
        for index in (0..inputs).filter(|&index| index != 2) {
            expect_type(
                "boxes, scores and thresholds",
                node.required(index)?.dtype,
                DataType::Float32,
            )?;
        }
        for index in [0, outputs - 1] {
            expect_type("indices", node.output(index).dtype, DataType::Int32)?;
        }
        if self.kind == SuppressionKind::NonMaxSuppressionV5 {
            expect_type("chosen scores", node.output(1).dtype, DataType::Float32)?;
        }
        Ok(())
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let (boxes, scores) = (node.shape(0)?, node.shape(1)?);
        match (&boxes[..], &scores[..]) {
            (&[count, 4], &[scored]) if count == scored => {}
            _ => {
                return Err(OpError::rule(format!(
                    "boxes of shape {boxes} and scores of shape {scores}"
                )));
            }
        }
        for index in 3..node.input_count() {
            let shape = node.shape(index)?;
            if shape.elements() != 1 {
                return Err(OpError::rule(format!(
                    "input {index} has shape {shape} where one element is needed"
                )));
            }
        }
        let most = node.single_index(2)?;
        let most = usize::try_from(most)
            .map_err(|_| OpError::rule(format!("a limit of {most} boxes to choose")))?;
        let chosen = Shape::from([most]);
        Ok(match self.kind {
            SuppressionKind::NonMaxSuppressionV4 => vec![chosen, Shape::SCALAR],
            SuppressionKind::NonMaxSuppressionV5 => vec![chosen.clone(), chosen, Shape::SCALAR],
        })
    }
}

fn expect_type(what: &'static str, dtype: DataType, accepted: DataType) -> Result<(), OpError> {
    if dtype == accepted {
        return Ok(());
    }
    Err(OpError::Type {
        what,
        dtype,
        accepted: accepted.name(),
    })
}
