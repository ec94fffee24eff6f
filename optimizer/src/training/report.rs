//! What training did.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::file_size::FileSize;
use crate::report::{Kept, write_kept};

/// What training did to a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TrainingReport {
    /// The file before.
    pub before: FileSize,
    /// The file after.
    pub after: FileSize,
    /// What a loss was made of, in words.
    pub objective: String,
    /// Samples that were trained on.
    pub samples: usize,
    /// Samples that were held out.
    pub held_out: usize,
    /// Numbers that were trained.
    pub parameters: usize,
    /// Steps that were done.
    pub steps: usize,
    /// The samples held out before the first step; none where none is.
    pub start: Option<Score>,
    /// The epochs.
    pub epochs: Vec<Epoch>,
    /// The epoch whose parameters the model has, 0 for those before the first step; none where it has the last ones.
    pub best: Option<usize>,
    /// The share of zeros among the weights that were pruned; none where none were.
    pub sparsity: Option<f64>,
    /// Activations that have a trained range.
    pub ranges: usize,
    /// The layers that stayed as they were.
    pub kept: Vec<Kept>,
    /// What is worth knowing and no error.
    pub warnings: Vec<String>,
}

/// An epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Epoch {
    /// Its place, from 1.
    pub epoch: usize,
    /// The mean loss of its samples, each before the step that it was part of.
    pub loss: f64,
    /// The learning rate of its last step.
    pub learning_rate: f64,
    /// The samples held out, afterwards; none where none is.
    pub held_out: Option<Score>,
}

/// How good a model is on samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Score {
    /// The mean loss.
    pub loss: f64,
    /// The share of samples whose class is right, or without labels that of the model that came in; none where outputs are no classes.
    pub accuracy: Option<f64>,
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loss {:.5}", self.loss)?;
        match self.accuracy {
            Some(accuracy) => write!(f, ", {:.2} %", 100.0 * accuracy),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {:3}: loss {:.5}", self.epoch, self.loss)?;
        match &self.held_out {
            Some(score) => write!(f, "; held out: {score}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TrainingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trained: ")?;
        self.after.write_beside(self.before, f)?;
        writeln!(
            f,
            "{} numbers by {} on {} samples, {} held out, in {} steps",
            self.parameters, self.objective, self.samples, self.held_out, self.steps
        )?;
        if let Some(score) = &self.start {
            writeln!(f, "  before:    held out: {score}")?;
        }
        for epoch in &self.epochs {
            writeln!(f, "  {epoch}")?;
        }
        match self.best {
            Some(0) => writeln!(f, "the model is that before the first step")?,
            Some(best) => writeln!(f, "the model is that of epoch {best}")?,
            None => {}
        }
        if let Some(sparsity) = self.sparsity {
            writeln!(
                f,
                "{:.1} % of the weights that were pruned are zero",
                100.0 * sparsity
            )?;
        }
        if self.ranges > 0 {
            writeln!(f, "{} activations have a trained range", self.ranges)?;
        }
        write_kept(f, "unchanged", &self.kept)?;
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        Ok(())
    }
}
