//! What pruning did.

use std::fmt;

use serde::Serialize;

use super::method::{PruningMethod, PruningScope};
use super::structure::Structure;
use crate::comparison::Comparison;
use crate::file_size::FileSize;
use crate::place::{NodePlace, TensorPlace};
use crate::report::{Kept, write_kept};

/// What pruning did to a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PruningReport {
    /// Where zeros may lie.
    pub structure: Structure,
    /// How weights were chosen.
    pub method: PruningMethod,
    /// What the sparsity is of.
    pub scope: PruningScope,
    /// The share of weights that was to become zero.
    pub sparsity: f64,
    /// The file before.
    pub before: FileSize,
    /// The file after.
    pub after: FileSize,
    /// The weights that were pruned.
    pub layers: Vec<PrunedLayer>,
    /// The layers that stayed as they were.
    pub kept: Vec<Kept>,
    /// Layers whose bias makes up for what pruning does to the mean of their sums.
    pub corrected: usize,
    /// How near the outputs are; `None` without samples.
    pub comparison: Option<Comparison>,
    /// What is worth knowing and no error.
    pub warnings: Vec<String>,
}

/// Weights that were pruned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PrunedLayer {
    /// The first layer that reads them.
    pub node: NodePlace,
    /// The weights.
    pub tensor: TensorPlace,
    /// How many there are.
    pub elements: usize,
    /// How many were zero before.
    pub zeros_before: usize,
    /// How many are zero now.
    pub zeros: usize,
    /// Output channels that were taken out, of how many.
    pub channels: Option<[usize; 2]>,
    /// Whether the file has them without their zeros.
    pub is_sparse: bool,
}

impl PruningReport {
    /// The share of zeros among the weights of all layers that were pruned.
    pub fn reached(&self) -> f64 {
        let zeros: usize = self.layers.iter().map(|layer| layer.zeros).sum();
        let elements: usize = self.layers.iter().map(|layer| layer.elements).sum();
        zeros as f64 / elements.max(1) as f64
    }
}

impl fmt::Display for PruningReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pruned: ")?;
        self.after.write_beside(self.before, f)?;
        writeln!(
            f,
            "{}, {}, by {}: {:.1} % of {} weights are {}",
            self.structure,
            self.method,
            self.scope,
            100.0 * self.reached(),
            self.layers
                .iter()
                .map(|layer| layer.elements)
                .sum::<usize>(),
            match self.structure {
                Structure::Channels => "taken out",
                _ => "zero",
            },
        )?;
        for layer in &self.layers {
            let share = 100.0 * layer.zeros as f64 / layer.elements.max(1) as f64;
            write!(f, "  {share:5.1} % of {} in {}", layer.elements, layer.node)?;
            if let Some([removed, all]) = layer.channels {
                write!(f, ", {removed} of {all} channels taken out")?;
            }
            let stored = if layer.is_sparse {
                ", stored without zeros"
            } else {
                ""
            };
            writeln!(f, "{stored}")?;
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
