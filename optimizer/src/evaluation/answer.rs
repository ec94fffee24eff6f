//! What a model answers.

use serde::{Deserialize, Serialize};

use crate::calibration::Output;
use crate::metrics::{Found, Regression, TokenSpan, top};

/// What a model answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Answer {
    /// Nothing that could be right or wrong.
    Outputs,
    /// Classes.
    Classes {
        /// The best five, or all, the best first.
        best: Vec<usize>,
        /// How many there are.
        classes: usize,
    },
    /// The errors of numbers.
    Numbers(Regression),
    /// Boxes.
    Boxes(Vec<Found>),
    /// Text.
    Text(String),
    /// A span of tokens.
    Span(TokenSpan),
}

/// The best classes of the first output that has a score for each class.
pub(super) fn classes(outputs: &[Output]) -> Option<Answer> {
    let scores = outputs.iter().find_map(scores)?;
    Some(Answer::Classes {
        best: top(scores, 5),
        classes: scores.len(),
    })
}

/// An output that is one row of two or more numbers.
pub(super) fn scores(output: &Output) -> Option<&[f32]> {
    let reals = output.reals.as_deref()?;
    let is_row = output.value.shape().last() == Some(&reals.len());
    (is_row && reals.len() > 1).then_some(reals)
}
