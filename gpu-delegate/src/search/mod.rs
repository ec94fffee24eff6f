//! The search for the fastest kernels of a program: which of its dispatches have rivals, which of these were measured before, and the
//! measurement of the others.

mod fastest;
mod trial;

use std::collections::HashSet;
use std::sync::Arc;

use crate::device::choices::TunedKernel;
use crate::error::GpuError;
use crate::options::Tune;
use crate::program::{Candidate, Choice, ProgramBuilder};
use fastest::{Effort, fastest};
use trial::Trial;

/// Measures the classes of layers that the options want measured, and has each dispatch be the candidate that is kept for its class.
///
/// # Errors
/// [`GpuError::DeviceLost`], [`GpuError::TimedOut`]. A candidate that the device refuses is none.
pub(crate) fn choose(program: &mut ProgramBuilder) -> Result<(), GpuError> {
    measure(program)?;
    let device = Arc::clone(program.device());
    for choice in 0..program.choices().len() {
        let Choice {
            class, candidates, ..
        } = &program.choices()[choice];
        let Some(kept) = device.choices.kept(class) else {
            continue;
        };
        let taken = TunedKernel {
            layers: class.clone(),
            instead_of: candidates[0].name.clone(),
            kernel: kept,
        };
        let place = candidates.iter().position(|each| each.name == taken.kernel);
        if let Some(place) = place.filter(|&place| place > 0)
            && program.take(choice, place)
        {
            device.choices.note_taken(taken);
        }
    }
    Ok(())
}

/// Measures those classes, each in the first of its layers, and keeps what is found.
fn measure(program: &ProgramBuilder) -> Result<(), GpuError> {
    let device = program.device();
    let effort = match device.options().tune {
        Tune::Off => return Ok(()),
        Tune::Quick => Effort::QUICK,
        Tune::Full => Effort::FULL,
    };
    let choices = &device.choices;
    let _alone = choices.begin_search();
    let mut met = HashSet::new();
    let open = (program.choices().iter())
        .filter(|choice| choices.is_open(&choice.class) && met.insert(&choice.class));
    let open: Vec<&Choice> = open.collect();
    let all = open.len();
    if all == 0 {
        return Ok(());
    }
    program.compile_ahead(open.iter().flat_map(|choice| considered(choice, effort)));
    for (measured, choice) in open.into_iter().enumerate() {
        choices.tell(measured, all);
        let best = measure_class(program, choice, effort)?;
        choices.keep(&choice.class, &best.name);
    }
    choices.tell(all, all);
    choices.save();
    Ok(())
}

/// The candidates that are measured with this effort.
fn considered(choice: &Choice, effort: Effort) -> &[Candidate] {
    let most = effort.candidates.min(choice.candidates.len());
    &choice.candidates[..most]
}

/// The fastest candidate of a choice.
fn measure_class<'a>(
    program: &ProgramBuilder,
    choice: &'a Choice,
    effort: Effort,
) -> Result<&'a Candidate, GpuError> {
    let considered = considered(choice, effort);
    let usual = &considered[0];
    let scenery = match program.scenery(choice) {
        Ok(scenery) => scenery,
        Err(error) => return refused(usual, error).map(|()| usual),
    };
    let mut trials = Vec::new();
    for candidate in considered {
        match Trial::new(program, candidate, &scenery) {
            Ok(trial) => trials.push((candidate, trial)),
            Err(error) => {
                refused(candidate, error)?;
                // Nothing is faster than what cannot be measured.
                if trials.is_empty() {
                    return Ok(usual);
                }
            }
        }
    }
    let best = fastest(trials.len(), effort, |at| trials[at].1.time())?;
    Ok(trials[best].0)
}

/// Passes over the error of a candidate that the device refuses; all others are the device's own.
fn refused(candidate: &Candidate, error: GpuError) -> Result<(), GpuError> {
    match error {
        GpuError::ShaderRejected { .. }
        | GpuError::OutOfMemory { .. }
        | GpuError::LimitExceeded { .. } => {
            tracing::info!(kernel = %candidate.name, %error, "a kernel is not measured");
            Ok(())
        }
        other => Err(other),
    }
}
