//! A candidate by itself, and how long it takes.

use std::time::Duration;

use crate::error::GpuError;
use crate::program::{Candidate, Program, ProgramBuilder, REHEARSED, Scenery};

/// Dispatches of a submission that the host measures, so that what every submission takes weighs less.
const DISPATCHES: usize = 8;

/// A candidate with zeros as its operands.
pub(super) struct Trial {
    program: Program,
    /// Whether the device tells the time.
    is_timed: bool,
}

impl Trial {
    /// Compiles the candidate's kernel, and runs it once: some drivers compile only then.
    ///
    /// # Errors
    /// What the device says to the candidate.
    pub(super) fn new(
        program: &ProgramBuilder,
        candidate: &Candidate,
        scenery: &Scenery,
    ) -> Result<Self, GpuError> {
        let times = match program.device().has_timestamps() {
            true => 1,
            false => DISPATCHES,
        };
        let mut program = (program.rehearsal(candidate, scenery, times)?).instantiate(&[])?;
        let is_timed = program.set_profiling(true)?;
        let mut trial = Trial { program, is_timed };
        trial.time()?;
        Ok(trial)
    }

    /// How long it takes now.
    ///
    /// # Errors
    /// [`GpuError::DeviceLost`], [`GpuError::TimedOut`].
    pub(super) fn time(&mut self) -> Result<Duration, GpuError> {
        if self.is_timed {
            // There is nothing that it could refuse.
            let _ = self.program.run(&[], &mut [])?;
            let times = self.program.node_times().iter();
            let own = times.filter(|(node, _)| *node == REHEARSED);
            return Ok(own.map(|(_, time)| *time).sum());
        }
        self.program.time()
    }
}
