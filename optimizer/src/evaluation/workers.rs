//! Samples on all cores.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::answer::Answer;
use super::error::EvaluationError;
use super::outcome::Outcome;
use super::subject::Subject;
use super::truth::Truth;
use crate::calibration::{Executor, Output, Sample};
use crate::error::OptimizeError;

/// What came of a sample: one outcome for each model.
type Done = (usize, Vec<Outcome>);

/// Runs every model on the samples of these indices, and shows each as it is done.
pub(super) fn run(
    subjects: &[Subject],
    truth: Option<&Truth>,
    indices: &[usize],
    threads: NonZeroUsize,
    see: &mut dyn FnMut(usize, &[Outcome]),
) -> Result<Vec<Done>, EvaluationError> {
    let Some(&first) = indices.first() else {
        return Ok(Vec::new());
    };
    let mut executors = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let mut executor = Executor::new(subject.model.clone(), subject.delegates.clone());
        let prepared = executor.prepare(&read(subject, first)?);
        prepared.map_err(|reason| failed(subject, first, reason))?;
        executors.push(executor);
    }
    let threads = threads.get().min(indices.len());
    let mut workers = vec![executors];
    for _ in 1..threads {
        let siblings = std::iter::zip(subjects, &workers[0]).map(|(subject, executor)| {
            let sibling = executor.sibling();
            sibling.map_err(|reason| failed(subject, first, reason))
        });
        workers.push(siblings.collect::<Result<_, _>>()?);
    }
    let next = AtomicUsize::new(0);
    let is_over = AtomicBool::new(false);
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        let mut running = Vec::new();
        for mut executors in workers {
            let (sender, next, is_over) = (sender.clone(), &next, &is_over);
            running.push(scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed)
                    && let Some(&index) = indices.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let done = evaluate(subjects, &mut executors, truth, index);
                    if sender.send(done.map(|outcomes| (index, outcomes))).is_err() {
                        return;
                    }
                }
            }));
        }
        drop(sender);
        let mut done: Vec<Done> = Vec::with_capacity(indices.len());
        let mut failure = None;
        for result in results {
            match result {
                Ok((index, outcomes)) => {
                    see(index, &outcomes);
                    done.push((index, outcomes));
                }
                Err(error) => {
                    is_over.store(true, Ordering::Relaxed);
                    failure.get_or_insert(error);
                }
            }
        }
        let have_ended = running.into_iter().all(|worker| worker.join().is_ok());
        match failure {
            Some(error) => Err(error),
            None if !have_ended => Err(EvaluationError::Thread),
            None => Ok(done),
        }
    })
}

/// Every model on one sample.
fn evaluate(
    subjects: &[Subject],
    executors: &mut [Executor],
    truth: Option<&Truth>,
    index: usize,
) -> Result<Vec<Outcome>, EvaluationError> {
    let mut first: Option<Vec<Output>> = None;
    let mut outcomes = Vec::with_capacity(subjects.len());
    for (subject, executor) in std::iter::zip(subjects, executors) {
        let sample = read(subject, index)?;
        let outputs = executor.run_values(&sample);
        let outputs = outputs.map_err(|reason| failed(subject, index, reason))?;
        let outcome = Outcome::of(index, &outputs, first.as_deref(), truth);
        let outcome = outcome.map_err(|reason| EvaluationError::Outputs {
            subject: subject.name.clone(),
            what: truth.map_or("outputs of the first model", Truth::noun),
            reason,
        })?;
        if let (Some(Truth::Classes(labels)), Answer::Classes { classes, .. }) =
            (truth, &outcome.answer)
            && labels[index] >= *classes
        {
            return Err(EvaluationError::Label {
                subject: subject.name.clone(),
                sample: subject.samples.name(index),
                label: labels[index],
                classes: *classes,
            });
        }
        outcomes.push(outcome);
        first.get_or_insert(outputs);
    }
    Ok(outcomes)
}

fn read(subject: &Subject, index: usize) -> Result<Sample, EvaluationError> {
    let sample = subject.samples.sample(index);
    sample.map_err(|reason| EvaluationError::Sample {
        subject: subject.name.clone(),
        sample: subject.samples.name(index),
        reason,
    })
}

fn failed(subject: &Subject, index: usize, reason: OptimizeError) -> EvaluationError {
    EvaluationError::Run {
        subject: subject.name.clone(),
        sample: subject.samples.name(index),
        reason: Box::new(reason),
    }
}
