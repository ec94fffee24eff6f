//! What a recommendation has to say.

use serde::Serialize;

use super::hardware::Hardware;
use crate::file_size::FileSize;

/// What a recommendation has to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What the model is to run on.
    pub hardware: Hardware,
    /// What the loss of a candidate is measured by.
    pub measure: Measure,
    /// The limits that picks keep.
    pub limits: Limits,
    /// Samples that calibrated, and samples that were measured on.
    pub samples: [usize; 2],
    /// The float model, and those that were made of it.
    pub candidates: Vec<CandidateReport>,
    /// Those that were not made, or that the hardware does not run.
    pub left_out: Vec<LeftOut>,
    /// The candidates that are best by one goal each; fewer where none keeps the limits.
    pub picks: Vec<Pick>,
}

/// What the loss of a candidate is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Measure {
    /// Points of a hundred that its score is below the float model's.
    Score,
    /// Answers of a hundred that are others than the float model's.
    Disagreement,
    /// The error of its outputs in percent of their magnitude.
    RelativeError,
}

impl Measure {
    /// The loss that is taken where no other limit is asked for.
    pub fn usual_limit(self) -> f64 {
        match self {
            Measure::Score => 1.0,
            Measure::Disagreement => 2.0,
            Measure::RelativeError => 10.0,
        }
    }

    /// What it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Measure::Score => "points of the score",
            Measure::Disagreement => "% of answers changed",
            Measure::RelativeError => "% relative error of the outputs",
        }
    }
}

/// What a pick may cost at most.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the file; any number where there is none.
    pub size: Option<usize>,
    /// Loss, as it is measured; [`Measure::usual_limit`] where there is none.
    pub loss: Option<f64>,
    /// Milliseconds of an inference on this machine; any number where there is none.
    pub latency: Option<f64>,
}

impl Limits {
    /// No file of more than so many bytes.
    pub fn size(mut self, bytes: usize) -> Self {
        self.size = Some(bytes);
        self
    }

    /// No greater loss.
    pub fn loss(mut self, loss: f64) -> Self {
        self.loss = Some(loss);
        self
    }

    /// No inference of more milliseconds.
    pub fn latency(mut self, milliseconds: f64) -> Self {
        self.latency = Some(milliseconds);
        self
    }
}

/// What there is to say of a candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CandidateReport {
    /// How it was made.
    pub name: String,
    /// Its file.
    pub size: FileSize,
    /// Its score from 0 to 1, where it is known what is right.
    pub score: Option<f64>,
    /// What it loses of the float model, as it is measured.
    pub loss: f64,
    /// The share of samples with the float model's best class; none where outputs are no scores of classes.
    pub agreement: Option<f64>,
    /// The signal-to-quantization-noise ratio of its outputs, in decibels; at most 200.
    pub sqnr: f64,
    /// The least time of some inferences on this machine, in milliseconds.
    pub latency: f64,
    /// Bytes that a session on this machine holds for weights, as it lays them out, and for activations.
    pub memory: u64,
    /// Whether each other candidate is larger, deflated, or loses more.
    pub is_pareto: bool,
    /// The limits that it exceeds.
    pub exceeds: Vec<&'static str>,
}

/// A candidate that is not among the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LeftOut {
    /// How it was to be made.
    pub name: String,
    /// Why it is not there.
    pub reason: String,
}

/// What a pick is best by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Goal {
    /// The fewest bytes, deflated.
    Smallest,
    /// The least time on this machine.
    Fastest,
    /// The least loss.
    MostAccurate,
}

impl Goal {
    /// Every goal.
    pub const ALL: [Goal; 3] = [Goal::Smallest, Goal::Fastest, Goal::MostAccurate];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Goal::Smallest => "smallest",
            Goal::Fastest => "fastest",
            Goal::MostAccurate => "most accurate",
        }
    }
}

/// A candidate that is best by a goal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pick {
    /// The goal.
    pub goal: Goal,
    /// Its place among the candidates.
    pub candidate: usize,
    /// Why it is.
    pub why: String,
}
