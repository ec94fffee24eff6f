//! What was done to a model.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::mode::Mode;
use crate::place::{NodePlace, TensorPlace};

/// What was done to a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The form.
    pub mode: Mode,
    /// Bytes of the float model's file; of a model that was not read, what it would take.
    pub bytes_before: usize,
    /// Bytes of the file that the result takes.
    pub bytes_after: usize,
    /// The constants that took the form.
    pub converted: Vec<Converted>,
    /// The nodes that stayed float, whole or in part.
    pub kept: Vec<Kept>,
    /// What is worth knowing and no error.
    pub warnings: Vec<String>,
}

/// A constant that took the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Converted {
    /// The constant.
    pub tensor: TensorPlace,
    /// Elements.
    pub elements: usize,
}

/// A node that stayed float, whole or in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// The node.
    pub node: NodePlace,
    /// Why.
    pub reason: String,
}

impl Report {
    pub(crate) fn new(mode: Mode) -> Self {
        Report {
            mode,
            bytes_before: 0,
            bytes_after: 0,
            converted: Vec::new(),
            kept: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// How many lines of one kind are shown before the rest is counted.
const SHOWN: usize = 12;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = 100.0 * self.bytes_after as f64 / self.bytes_before.max(1) as f64;
        writeln!(
            f,
            "{}: {} bytes, {share:.1} % of {}",
            self.mode, self.bytes_after, self.bytes_before
        )?;
        let elements: usize = self.converted.iter().map(|each| each.elements).sum();
        writeln!(
            f,
            "converted: {} constants of {elements} elements",
            self.converted.len()
        )?;
        let mut by_reason: BTreeMap<&str, Vec<&NodePlace>> = BTreeMap::new();
        for kept in &self.kept {
            by_reason.entry(&kept.reason).or_default().push(&kept.node);
        }
        for (reason, nodes) in by_reason {
            writeln!(f, "float in {} nodes: {reason}", nodes.len())?;
            for node in nodes.iter().take(SHOWN) {
                writeln!(f, "  {node}")?;
            }
            if nodes.len() > SHOWN {
                writeln!(f, "  and {} more", nodes.len() - SHOWN)?;
            }
        }
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        Ok(())
    }
}
