//! What clustering did.

use std::fmt;

use serde::Serialize;

use super::start::Start;
use crate::comparison::Comparison;
use crate::file_size::FileSize;
use crate::place::{NodePlace, TensorPlace};
use crate::report::{Kept, write_kept};

/// What clustering did to a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClusteringReport {
    /// Values that weights were to have at most.
    pub clusters: usize,
    /// Whether each output channel has values of its own.
    pub per_channel: bool,
    /// How centroids were found.
    pub start: Start,
    /// The file before.
    pub before: FileSize,
    /// The file after.
    pub after: FileSize,
    /// The weights that were clustered.
    pub layers: Vec<ClusteredLayer>,
    /// The layers that stayed as they were.
    pub kept: Vec<Kept>,
    /// Layers whose bias makes up for what clustering does to the mean of their sums.
    pub corrected: usize,
    /// How near the outputs are; `None` without samples.
    pub comparison: Option<Comparison>,
    /// What is worth knowing and no error.
    pub warnings: Vec<String>,
}

/// Weights that were clustered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClusteredLayer {
    /// The first layer that reads them.
    pub node: NodePlace,
    /// The weights.
    pub tensor: TensorPlace,
    /// How many there are.
    pub elements: usize,
    /// Values that they have, or that those of the output channel have that has the most.
    pub clusters: usize,
    /// How many are zero.
    pub zeros: usize,
}

impl fmt::Display for ClusteringReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "clustered: ")?;
        self.after.write_beside(self.before, f)?;
        let whose = match self.per_channel {
            true => "output channel",
            false => "layer",
        };
        writeln!(
            f,
            "{} values at most in each {whose}, {}",
            self.clusters, self.start
        )?;
        for layer in &self.layers {
            write!(
                f,
                "  {:3} values of {} in {}",
                layer.clusters, layer.elements, layer.node
            )?;
            match layer.zeros {
                0 => writeln!(f)?,
                zeros => writeln!(f, ", {zeros} of them zero")?,
            }
        }
        if let Some(comparison) = &self.comparison {
            write!(f, "{comparison}")?;
        }
        if self.corrected > 0 {
            writeln!(
                f,
                "repaired: {} layers whose bias makes up for the change",
                self.corrected
            )?;
        }
        write_kept(f, "unchanged", &self.kept)?;
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        Ok(())
    }
}
