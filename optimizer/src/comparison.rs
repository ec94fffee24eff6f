//! A changed model held against the one that it was made of.

use std::fmt;

use serde::Serialize;

/// How near the outputs of a changed model are to those of the one that it was made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Samples that layers were changed by.
    pub samples: usize,
    /// Samples held out, on which the outputs were compared; 0 where there were too few.
    pub held_out: usize,
    /// The signal-to-noise ratio of the outputs on the samples held out, in decibels.
    pub sqnr: Option<f64>,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "calibrated: {} samples", self.samples)?;
        if let Some(sqnr) = self.sqnr {
            write!(
                f,
                ", outputs at {sqnr:.1} dB on {} samples held out",
                self.held_out
            )?;
        }
        writeln!(f)
    }
}
