//! The process that runs mutants: a driver may crash on one, or never come to an end.

use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::time::Duration;

use demilite_conformance::{Case, Verdict, judge};
use demilite_core::Delegate;
use demilite_gpu::{GpuContext, GpuDelegate, Replacement};
use serde::{Deserialize, Serialize};

use crate::reach::{Run, cases};
use crate::setup::SETUPS;

/// The argument that makes this program a worker.
pub(crate) const ARGUMENT: &str = "mutation-worker";

/// How long the device may take for a submission: beside other work too, those that end do so sooner.
pub(crate) const CASE_LIMIT: Duration = Duration::from_secs(60);

/// A mutant, and what to run on it, until something fails.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) file: String,
    pub(crate) text: String,
    pub(crate) runs: Vec<Run>,
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// It begins with this run.
    Runs(Run),
    /// naga does not take the text.
    Rejected,
    /// The run it said last fails.
    Failed(String),
    /// All runs hold.
    Survived,
}

/// Answers tasks from the standard input, line by line, until it ends.
pub(crate) fn work() -> io::Result<()> {
    let cases = cases();
    let mut contexts: [Option<Arc<GpuContext>>; SETUPS.len()] = Default::default();
    for line in io::stdin().lock().lines() {
        let task: Task = serde_json::from_str(&line?)?;
        let last = hold(&cases, &mut contexts, &task)?;
        say(&last)?;
    }
    Ok(())
}

fn say(answer: &Answer) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn hold(
    cases: &[Case],
    contexts: &mut [Option<Arc<GpuContext>>; SETUPS.len()],
    task: &Task,
) -> io::Result<Answer> {
    let mut overlays: [Option<Arc<dyn Delegate>>; SETUPS.len()] = Default::default();
    for &run in &task.runs {
        let setup = &SETUPS[run.setup];
        say(&Answer::Runs(run))?;
        let delegate = match &mut overlays[run.setup] {
            Some(delegate) => delegate,
            none => {
                let context = match &mut contexts[run.setup] {
                    Some(context) => context,
                    none => none.insert(setup.open().map_err(io::Error::other)?),
                };
                let overlay = context.overlay(Some(Replacement {
                    path: task.file.clone(),
                    text: task.text.clone(),
                }));
                none.insert(Arc::new(GpuDelegate::new(overlay)))
            }
        };
        match judge(delegate, &cases[run.case], setup.bound) {
            Verdict::Exact | Verdict::WithinTolerance(_) | Verdict::Rejected(_) => {}
            Verdict::Failed(reason) if reason.contains("the GPU rejected the kernel") => {
                return Ok(Answer::Rejected);
            }
            Verdict::Failed(reason) => return Ok(Answer::Failed(reason)),
        }
    }
    Ok(Answer::Survived)
}
