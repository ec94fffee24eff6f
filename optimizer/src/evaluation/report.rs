//! What an evaluation has to say.

use serde::Serialize;

use super::answer::Answer;
use super::outcome::{Likeness, Outcome};
use super::subject::Subject;
use super::truth::Truth;
use crate::metrics::{
    Classification, ErrorRate, MeanAveragePrecision, Noise, Regression, SpanScore,
};

/// Samples that are named as the worst.
const WORST: usize = 10;

/// What an evaluation has to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Samples.
    pub samples: usize,
    /// The models, in the order in which they were given.
    pub subjects: Vec<SubjectReport>,
    /// What looks wrong with the data or with a model.
    pub warnings: Vec<String>,
}

/// What there is to say of a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SubjectReport {
    /// Its name.
    pub name: String,
    /// Bytes of its file; 0 of a model that was not read.
    pub file_bytes: usize,
    /// How good it is, where that is known.
    pub score: Option<Score>,
    /// How near it is to the first model, which has none.
    pub likeness: Option<LikenessReport>,
}

/// How good a model is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "task", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Score {
    /// At telling classes apart.
    Classification(Classification),
    /// At giving numbers.
    Regression {
        /// Numbers that were compared.
        count: u64,
        /// Numbers that are not finite.
        not_finite: u64,
        /// The mean error, whose sign says whether answers are too large.
        mean: f64,
        /// The mean magnitude of errors.
        mean_absolute: f64,
        /// The root of the mean square of errors.
        root_mean_square: f64,
        /// The greatest magnitude of an error.
        greatest: f64,
        /// The share of the targets' variance that answers explain.
        r_squared: Option<f64>,
    },
    /// At finding boxes.
    Detection(MeanAveragePrecision),
    /// At writing down what is said; errors as a share of what was said.
    Transcription {
        /// The word error rate.
        word_error_rate: f64,
        /// The character error rate.
        character_error_rate: f64,
    },
    /// At finding spans.
    Spans(SpanScore),
}

/// How near a model is to the first one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LikenessReport {
    /// The share of samples with the same best class, from 0 to 1; `None` where outputs are no scores of classes.
    pub agreement: Option<f64>,
    /// The signal-to-quantization-noise ratio of all outputs, in decibels; at most 200.
    pub sqnr: f64,
    /// The mean divergence of the scores of classes, in nats.
    pub divergence: Option<f64>,
    /// The samples whose outputs are furthest off, the furthest first.
    pub worst: Vec<WorstSample>,
}

/// A sample whose outputs are far off.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct WorstSample {
    /// Its name.
    pub sample: String,
    /// The signal-to-quantization-noise ratio of its outputs, in decibels.
    pub sqnr: f64,
    /// Whether the best class is the same.
    pub agrees: Option<bool>,
}

impl Report {
    /// What the outcomes of all samples come to: one for each model.
    pub(super) fn of(
        subjects: &[Subject],
        truth: Option<&Truth>,
        outcomes: &[Vec<Outcome>],
    ) -> Self {
        let reports = subjects.iter().enumerate().map(|(place, subject)| {
            let own: Vec<&Outcome> = outcomes.iter().map(|outcomes| &outcomes[place]).collect();
            SubjectReport {
                name: subject.name.clone(),
                file_bytes: subject.model.file_bytes(),
                score: truth.map(|truth| score(truth, &own)),
                likeness: likeness(subject, &own),
            }
        });
        let reports: Vec<SubjectReport> = reports.collect();
        Report {
            samples: outcomes.len(),
            warnings: Vec::new(),
            subjects: reports,
        }
    }
}

fn score(truth: &Truth, outcomes: &[&Outcome]) -> Score {
    let answers = || outcomes.iter().map(|outcome| &outcome.answer);
    match truth {
        Truth::Classes(labels) => {
            let mut classes = 0;
            let best: Vec<Vec<usize>> = answers()
                .map(|answer| match answer {
                    Answer::Classes {
                        best,
                        classes: count,
                    } => {
                        classes = classes.max(*count);
                        best.clone()
                    }
                    _ => Vec::new(),
                })
                .collect();
            Score::Classification(Classification::of(&best, labels, classes))
        }
        Truth::Numbers(_) => {
            let mut errors = Regression::default();
            for answer in answers() {
                if let Answer::Numbers(own) = answer {
                    errors.merge(own);
                }
            }
            Score::Regression {
                count: errors.count,
                not_finite: errors.not_finite,
                mean: errors.mean(),
                mean_absolute: errors.mean_absolute(),
                root_mean_square: errors.root_mean_square(),
                greatest: errors.greatest,
                r_squared: errors.r_squared(),
            }
        }
        Truth::Boxes { boxes, .. } => {
            let found = answers().map(|answer| match answer {
                Answer::Boxes(found) => found.clone(),
                _ => Vec::new(),
            });
            let found: Vec<Vec<_>> = found.collect();
            Score::Detection(MeanAveragePrecision::of(&found, boxes))
        }
        Truth::Texts { texts, .. } => {
            let (mut words, mut characters) = (ErrorRate::default(), ErrorRate::default());
            for (answer, text) in std::iter::zip(answers(), texts) {
                if let Answer::Text(understood) = answer {
                    words.add_words(understood, text);
                    characters.add_characters(understood, text);
                }
            }
            Score::Transcription {
                word_error_rate: words.rate(),
                character_error_rate: characters.rate(),
            }
        }
        Truth::Spans { spans, .. } => {
            let found = answers().filter_map(|answer| match answer {
                Answer::Span(span) => Some(*span),
                _ => None,
            });
            let found: Vec<_> = found.collect();
            Score::Spans(SpanScore::of(&found, spans))
        }
    }
}

fn likeness(subject: &Subject, outcomes: &[&Outcome]) -> Option<LikenessReport> {
    let own: Vec<Likeness> = outcomes
        .iter()
        .filter_map(|outcome| outcome.likeness)
        .collect();
    if own.is_empty() {
        return None;
    }
    let signal = own.iter().map(|likeness| likeness.signal).sum();
    let noise = own.iter().map(|likeness| likeness.noise).sum();
    let sqnr = |likeness: &Likeness| Noise::of_sums(likeness.signal, likeness.noise).sqnr();
    let mut worst: Vec<(usize, &Likeness)> = own.iter().enumerate().collect();
    worst.sort_by(|a, b| sqnr(a.1).total_cmp(&sqnr(b.1)));
    let worst = worst
        .iter()
        .take(WORST)
        .map(|(index, likeness)| WorstSample {
            sample: subject.samples.name(*index),
            sqnr: sqnr(likeness),
            agrees: likeness.agrees,
        });
    Some(LikenessReport {
        agreement: mean(own.iter().map(|likeness| {
            let agrees = likeness.agrees?;
            Some(f64::from(u8::from(agrees)))
        })),
        sqnr: Noise::of_sums(signal, noise).sqnr(),
        divergence: mean(own.iter().map(|likeness| likeness.divergence)),
        worst: worst.collect(),
    })
}

/// The mean of the numbers that are there.
fn mean(numbers: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let numbers: Vec<f64> = numbers.flatten().collect();
    let sum: f64 = numbers.iter().sum();
    (!numbers.is_empty()).then(|| sum / numbers.len() as f64)
}
