//! What came of one sample with one model.

use serde::{Deserialize, Serialize};

use super::answer::{self, Answer};
use super::truth::Truth;
use crate::calibration::Output;
use crate::metrics::{Noise, kl_divergence};

/// What came of one sample with one model. It is written and read, so that a run that was interrupted can go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// What the model answers.
    pub answer: Answer,
    /// How near its outputs are to those of the first model, which has none.
    pub likeness: Option<Likeness>,
}

/// How near the outputs of a sample are to those of the first model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Likeness {
    /// Whether the best class is the same; `None` where outputs are no scores of classes.
    pub agrees: Option<bool>,
    /// The sum of squares of the first model's outputs.
    pub signal: f64,
    /// The sum of squares of the differences.
    pub noise: f64,
    /// The divergence of the scores of classes, in nats.
    pub divergence: Option<f64>,
    /// Numbers among the outputs that are not finite.
    pub not_finite: usize,
}

impl Outcome {
    /// What came of a sample, whose outputs the first model has as `first`.
    pub(super) fn of(
        index: usize,
        outputs: &[Output],
        first: Option<&[Output]>,
        truth: Option<&Truth>,
    ) -> Result<Self, String> {
        let answer = match truth {
            Some(truth) => truth.answer(index, outputs)?,
            None => answer::classes(outputs).unwrap_or(Answer::Outputs),
        };
        Ok(Outcome {
            answer,
            likeness: first
                .map(|first| Likeness::of(outputs, first))
                .transpose()?,
        })
    }
}

impl Likeness {
    fn of(outputs: &[Output], first: &[Output]) -> Result<Self, String> {
        let lengths = |outputs: &[Output]| -> Vec<usize> {
            let reals = outputs.iter().map(|output| output.reals.as_ref());
            reals.map(|reals| reals.map_or(0, Vec::len)).collect()
        };
        if lengths(outputs) != lengths(first) {
            return Err(format!(
                "its outputs have {:?} numbers, and those of the first model {:?}",
                lengths(outputs),
                lengths(first)
            ));
        }
        let mut noise = Noise::default();
        let mut not_finite = 0;
        for (output, first) in std::iter::zip(outputs, first) {
            if let (Some(output), Some(first)) = (&output.reals, &first.reals) {
                noise.add(first, output);
                not_finite += output.iter().filter(|real| !real.is_finite()).count();
            }
        }
        let scores =
            |outputs| -> Option<&[f32]> { <[Output]>::iter(outputs).find_map(answer::scores) };
        let scores = scores(first).zip(scores(outputs));
        let best = |scores: &[f32]| crate::metrics::top(scores, 1);
        let (signal, noise) = noise.sums();
        Ok(Likeness {
            agrees: scores.map(|(first, scores)| best(first) == best(scores)),
            signal,
            noise,
            divergence: scores.and_then(|(first, scores)| kl_divergence(first, scores)),
            not_finite,
        })
    }
}
