//! What is right.

use std::fmt;
use std::sync::Arc;

use demilite_core::Value;

use super::answer::{Answer, classes};
use crate::calibration::Output;
use crate::metrics::{Found, Regression, TokenSpan, TrueBox, best_span, greedy_ctc};

/// Reads the boxes out of a model's outputs; says in words why there are none to read.
pub type ReadBoxes = Arc<dyn Fn(&[Value]) -> Result<Vec<Found>, String> + Send + Sync>;

/// What is right for each sample, in their order.
#[derive(Clone)]
#[non_exhaustive]
pub enum Truth {
    /// The class. The model has one output with a score for each class.
    Classes(Vec<usize>),
    /// The numbers that the model's first output should have.
    Numbers(Vec<Vec<f32>>),
    /// The boxes of an image.
    Boxes {
        /// Those of each sample.
        boxes: Vec<Vec<TrueBox>>,
        /// What reads them out of the model's outputs.
        read: ReadBoxes,
    },
    /// The text that is said. The model has scores `[1, frames, classes]` for each character, without having been told when it is said.
    Texts {
        /// Those of the samples.
        texts: Vec<String>,
        /// What each class stands for.
        alphabet: Vec<String>,
        /// The class that stands for nothing.
        blank: usize,
    },
    /// The spans of tokens that answer a question, of which each sample may have several. The model has a score of each token to be the
    /// first, and one to be the last.
    Spans {
        /// Those of each sample.
        spans: Vec<Vec<TokenSpan>>,
        /// Tokens of the longest answer.
        longest: usize,
    },
}

impl fmt::Debug for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.samples(), self.noun())
    }
}

impl Truth {
    /// Samples that it is known for.
    pub(super) fn samples(&self) -> usize {
        match self {
            Truth::Classes(labels) => labels.len(),
            Truth::Numbers(targets) => targets.len(),
            Truth::Boxes { boxes, .. } => boxes.len(),
            Truth::Texts { texts, .. } => texts.len(),
            Truth::Spans { spans, .. } => spans.len(),
        }
    }

    /// Its name, in the plural.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Truth::Classes(_) => "labels",
            Truth::Numbers(_) => "targets",
            Truth::Boxes { .. } => "lists of boxes",
            Truth::Texts { .. } => "transcripts",
            Truth::Spans { .. } => "spans",
        }
    }

    /// The answer in a model's outputs for a sample.
    ///
    /// # Errors
    /// Why they are no such answer, in words.
    pub(super) fn answer(&self, index: usize, outputs: &[Output]) -> Result<Answer, String> {
        match self {
            Truth::Classes(_) => classes(outputs).ok_or_else(|| {
                format!(
                    "an output with a score for each of two classes or more is needed, and outputs are {}",
                    words(outputs)
                )
            }),
            Truth::Numbers(targets) => {
                let target = &targets[index];
                let numbers = outputs.first().and_then(|output| output.reals.as_ref());
                let numbers = numbers.filter(|numbers| numbers.len() == target.len());
                let numbers = numbers.ok_or_else(|| {
                    format!("the target of sample {index} has {} numbers, and outputs are {}", target.len(), words(outputs))
                })?;
                let mut errors = Regression::default();
                errors.add(numbers, target);
                Ok(Answer::Numbers(errors))
            }
            Truth::Boxes { read, .. } => {
                let values: Vec<Value> = outputs.iter().map(|output| output.value.clone()).collect();
                read(&values).map(Answer::Boxes)
            }
            Truth::Texts { alphabet, blank, .. } => text(outputs, alphabet, *blank).ok_or_else(|| {
                format!(
                    "scores [1, frames, {}] are needed, one for each line of the alphabet, and outputs are {}",
                    alphabet.len(),
                    words(outputs)
                )
            }),
            Truth::Spans { longest, .. } => span(outputs, *longest).ok_or_else(|| {
                format!(
                    "two outputs with a score for each token are needed, of being the first and the last of the answer, and outputs are {}",
                    words(outputs)
                )
            }),
        }
    }
}

fn text(outputs: &[Output], alphabet: &[String], blank: usize) -> Option<Answer> {
    let mut rows = outputs
        .iter()
        .filter_map(|output| output.reals.as_ref().zip(output.value.shape().last()));
    let (scores, _) = rows.find(|(_, classes)| **classes == alphabet.len() && **classes > 0)?;
    let said = greedy_ctc(scores, alphabet.len(), blank);
    let said = said.iter().map(|&class| alphabet[class].as_str());
    Some(Answer::Text(said.collect()))
}

fn span(outputs: &[Output], longest: usize) -> Option<Answer> {
    let mut rows = outputs.iter().filter_map(|output| output.reals.as_ref());
    let (first, last) = (rows.next()?, rows.next()?);
    let span = (first.len() == last.len()).then(|| best_span(first, last, longest));
    span.flatten().map(Answer::Span)
}

fn words(outputs: &[Output]) -> String {
    let outputs = outputs.iter();
    let words: Vec<String> = outputs
        .map(|output| format!("{} {}", output.value.dtype(), output.value.shape()))
        .collect();
    words.join(", ")
}
