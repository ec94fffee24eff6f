//! What was done to a model.

use std::collections::BTreeMap;
use std::fmt;

use demilite_core::DataType;
use serde::Serialize;

use crate::calibration::calibrator::Calibrator;
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
    /// Nodes that compute with integers.
    pub integer_nodes: usize,
    /// Those of them whose activations are int16.
    pub int16_nodes: usize,
    /// What samples showed.
    pub calibration: Option<Calibration>,
    /// Pairs of layers whose channels were brought to like magnitudes.
    pub equalized: usize,
    /// Layers in which something was repaired.
    pub repairs: Vec<Repair>,
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

/// What samples showed, and what followed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Calibration {
    /// Samples whose activations were looked at.
    pub samples: usize,
    /// Samples held out, on which the outputs were compared; 0 where there were too few.
    pub held_out: usize,
    /// How ranges were found.
    pub calibrator: Calibrator,
    /// Whether channels between layers were brought to like magnitudes.
    pub equalized: bool,
    /// Whether biases make up for the rounding of weights, and weights were rounded together, as far as the recipe asks for it.
    pub repaired: bool,
    /// Whether the bias of each layer makes up for what the layers before it lost as integers, too.
    pub sequential: bool,
    /// Whether SOFTMAX stays float, whose int16 kernel takes too much from the outputs.
    pub float_softmax: bool,
    /// The signal-to-quantization-noise ratio of the outputs on the samples held out, in decibels.
    pub sqnr: Option<f64>,
    /// What was tried, with what it gave.
    pub tried: Vec<Trial>,
}

/// A way from samples to a form.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Trial {
    /// How ranges were found.
    pub calibrator: Calibrator,
    /// Whether channels between layers were brought to like magnitudes.
    pub equalized: bool,
    /// Whether biases make up for the rounding of weights, and weights were rounded together, as far as the recipe asks for it.
    pub repaired: bool,
    /// Whether the bias of each layer makes up for what the layers before it lost as integers, too.
    pub sequential: bool,
    /// Whether SOFTMAX stays float, whose int16 kernel takes too much from the outputs.
    pub float_softmax: bool,
    /// The signal-to-quantization-noise ratio of the outputs on the samples held out, in decibels; `None` where there were too few.
    pub sqnr: Option<f64>,
}

/// A layer in which something was repaired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Repair {
    /// The layer.
    pub node: NodePlace,
    /// Whether its bias makes up for the rounding of its weights.
    pub bias_corrected: bool,
    /// Channels without weights, whose scale follows from their bias.
    pub dead_channels: usize,
    /// Channels whose scale was made coarser, so that their bias fits.
    pub overflowing_channels: usize,
}

impl Report {
    pub(crate) fn new(mode: Mode) -> Self {
        Report {
            mode,
            bytes_before: 0,
            bytes_after: 0,
            converted: Vec::new(),
            kept: Vec::new(),
            integer_nodes: 0,
            int16_nodes: 0,
            calibration: None,
            equalized: 0,
            repairs: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl Report {
    fn write_repairs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repairs = || self.repairs.iter();
        let corrected = repairs().filter(|repair| repair.bias_corrected).count();
        let dead: usize = repairs().map(|repair| repair.dead_channels).sum();
        let overflowing: usize = repairs().map(|repair| repair.overflowing_channels).sum();
        for (count, what) in [
            (
                self.equalized,
                "pairs of layers whose channels are of like magnitudes",
            ),
            (
                corrected,
                "layers whose bias makes up for the rounding of their weights",
            ),
            (dead, "channels without weights, whose bias is kept"),
            (
                overflowing,
                "channels whose weights are coarser, so that their bias fits",
            ),
        ] {
            if count > 0 {
                writeln!(f, "repaired: {count} {what}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "calibrated: {} samples, {}",
            self.samples, self.calibrator
        )?;
        if let Some(sqnr) = self.sqnr {
            write!(
                f,
                ", outputs at {sqnr:.1} dB on {} samples held out",
                self.held_out
            )?;
        }
        writeln!(f)?;
        for trial in &self.tried {
            let equalized = if trial.equalized { ", equalized" } else { "" };
            let repaired = if trial.repaired { "" } else { ", not repaired" };
            let sequential = match trial.sequential {
                true => ", biases in sequence",
                false => "",
            };
            let softmax = if trial.float_softmax {
                ", SOFTMAX float"
            } else {
                ""
            };
            let sqnr = trial.sqnr.unwrap_or_default();
            let calibrator = trial.calibrator;
            writeln!(
                f,
                "  {calibrator}{equalized}{repaired}{softmax}{sequential}: {sqnr:.1} dB"
            )?;
        }
        Ok(())
    }
}

/// How many lines of one kind are shown before the rest is counted.
const SHOWN: usize = 12;

/// Writes the nodes that stayed as they were, by the reason.
pub(crate) fn write_kept(f: &mut fmt::Formatter<'_>, how: &str, kept: &[Kept]) -> fmt::Result {
    let mut by_reason: BTreeMap<&str, Vec<&NodePlace>> = BTreeMap::new();
    for kept in kept {
        by_reason.entry(&kept.reason).or_default().push(&kept.node);
    }
    for (reason, nodes) in by_reason {
        writeln!(f, "{how} in {} nodes: {reason}", nodes.len())?;
        for node in nodes.iter().take(SHOWN) {
            writeln!(f, "  {node}")?;
        }
        if nodes.len() > SHOWN {
            writeln!(f, "  and {} more", nodes.len() - SHOWN)?;
        }
    }
    Ok(())
}

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
        match (self.mode.activations(), self.int16_nodes) {
            (None, _) => {}
            (Some(DataType::Int8), wide @ 1..) => writeln!(
                f,
                "integer: {} nodes, {wide} of them with int16 activations",
                self.integer_nodes
            )?,
            (Some(_), _) => writeln!(f, "integer: {} nodes", self.integer_nodes)?,
        }
        if let Some(calibration) = &self.calibration {
            write!(f, "{calibration}")?;
        }
        self.write_repairs(f)?;
        write_kept(f, "float", &self.kept)?;
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        Ok(())
    }
}
