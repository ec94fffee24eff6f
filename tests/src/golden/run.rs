//! Holds delegates against every golden of a folder.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use demilite_core::{CompileError, Delegate, Model, Plan, Session};

use super::{Found, Golden, GoldenFailure, ModelTruth, model_tolerance, precision};
use crate::compare::Distance;
use crate::report::{Entry, Outcome, Report, Subject};

/// What a folder of goldens is run on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GoldenOptions {
    /// Delegates in order of preference; the last is the reference backend.
    pub delegates: Vec<Arc<dyn Delegate>>,
}

impl GoldenOptions {
    /// Runs goldens on these delegates, the first preferred; the last is the reference backend.
    pub fn new(delegates: Vec<Arc<dyn Delegate>>) -> Self {
        GoldenOptions { delegates }
    }
}

/// Runs goldens one by one. An entry that cannot be read or does not run keeps none of the others
/// from it; `observe` is shown each when it is done.
///
/// Integers are held to their bytes. Floats are held to [`model_tolerance`] where the last delegate runs every node of a golden. Where
/// others take part, they are held to the last one's outputs within the bound of [`ModelTruth`], and so is a golden that optimized
/// kernels made.
pub fn run(goldens: &[Found], options: &GoldenOptions, observe: &mut dyn FnMut(&Entry)) -> Report {
    let names: Vec<&str> = options.delegates.iter().map(|each| each.name()).collect();
    let entries = goldens.iter().map(|found| {
        let started = Instant::now();
        let mut entry = entry(found, options);
        entry.seconds = started.elapsed().as_secs_f64();
        observe(&entry);
        entry
    });
    Report {
        subject: Subject::Goldens,
        entries: entries.collect(),
        delegate: names.join(", "),
    }
}

fn entry(found: &Found, options: &GoldenOptions) -> Entry {
    let mut entry = Entry {
        name: found.name.clone(),
        op: String::new(),
        precision: String::new(),
        kernels: found.kernels.clone(),
        ran_on: None,
        outcome: Outcome::Invalid,
        is_expected: false,
        distance: Distance::default(),
        reason: String::new(),
        seconds: 0.0,
    };
    match &found.model {
        Err(reason) => entry.reason = reason.clone(),
        Ok(path) => {
            let judged = AssertUnwindSafe(|| judge(path, options, &mut entry));
            if catch_unwind(judged).is_err() {
                entry.outcome = Outcome::Failed;
                entry.reason = "it panics".to_owned();
            }
        }
    }
    entry.is_expected = matches!(entry.outcome, Outcome::Exact | Outcome::WithinTolerance);
    entry
}

fn judge(path: &Path, options: &GoldenOptions, entry: &mut Entry) {
    let golden = match Golden::open(path) {
        Ok(golden) => golden,
        Err(error) => {
            entry.reason = error.to_string();
            return;
        }
    };
    entry.op = ops(golden.model());
    entry.precision = precision(golden.model());
    let mut session = match golden.session(&options.delegates).build() {
        Ok(session) => session,
        Err(error) => {
            (entry.outcome, entry.reason) = refused(&golden, options, error);
            return;
        }
    };
    entry.ran_on = Some(ran_on(session.plan()));
    match held(&golden, &mut session, options, entry.kernels.as_deref()) {
        Ok(distance) if distance.is_exact() => entry.outcome = Outcome::Exact,
        Ok(distance) => {
            entry.outcome = Outcome::WithinTolerance;
            entry.distance = distance;
        }
        Err(failure) => {
            entry.outcome = Outcome::Failed;
            entry.reason = failure.to_string();
        }
    }
}

/// What a golden that cannot be made ready is: unsupported with its ops, or invalid.
fn refused(golden: &Golden, options: &GoldenOptions, error: CompileError) -> (Outcome, String) {
    match &error {
        CompileError::NoDelegate { .. } => {
            let last = options.delegates.last();
            let missing = last.and_then(|last| golden.missing_ops(last.as_ref()).ok());
            let missing = missing.unwrap_or_default().into_iter();
            let words: Vec<String> = missing
                .map(|missing| format!("{} ({})", missing.op, missing.reason))
                .collect();
            let reason = match words.is_empty() {
                true => error.to_string(),
                false => words.join(", "),
            };
            (Outcome::Unsupported, reason)
        }
        CompileError::Graph(_) | CompileError::Input { .. } => {
            (Outcome::Invalid, error.to_string())
        }
        _ => (Outcome::Failed, error.to_string()),
    }
}

/// Runs a golden and holds its outputs, by the kernels that run it and by those that made it.
fn held(
    golden: &Golden,
    session: &mut Session,
    options: &GoldenOptions,
    kernels: Option<&str>,
) -> Result<Distance, GoldenFailure> {
    let last = session.plan().delegates.len().saturating_sub(1);
    let others_run = (0..last).any(|other| session.plan().compute_nodes_with_calls(other) > 0);
    let is_of_reference = matches!(kernels, None | Some("ref"));
    let delegates = &options.delegates;
    let Some(reference) = delegates.last() else {
        return golden.hold(session, delegates, model_tolerance(golden.model()));
    };
    if !others_run && is_of_reference {
        return golden.hold(session, delegates, model_tolerance(golden.model()));
    }
    let truth = ModelTruth::new(golden, reference)?;
    // The reference stands for the golden only where it gives it.
    match is_of_reference {
        true => {
            let alone = [Arc::clone(reference)];
            golden.check(&alone, model_tolerance(golden.model()))?;
        }
        false => {
            truth.bound(golden, &[])?.hold(golden, golden.outputs())?;
        }
    }
    let outputs = session.run(golden.inputs())?;
    let types = session.activation_types();
    truth.bound(golden, &types)?.hold(golden, &outputs)
}

/// How many nodes each delegate runs, those of called graphs among them, such as `gpu 29, reference 2`.
fn ran_on(plan: &Plan) -> String {
    let delegates = plan.delegates.iter().enumerate();
    let words: Vec<String> = delegates
        .map(|(index, name)| (name, plan.compute_nodes_with_calls(index)))
        .filter(|(_, nodes)| *nodes > 0)
        .map(|(name, nodes)| format!("{name} {nodes}"))
        .collect();
    words.join(", ")
}

/// The ops of all graphs of a model, the most frequent first, such as `CONV_2D 14, ADD 3`.
fn ops(model: &Model) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for node in model.graphs().iter().flat_map(|graph| graph.nodes()) {
        *counts.entry(node.op.name()).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let words: Vec<String> = counts
        .iter()
        .map(|(op, count)| format!("{op} {count}"))
        .collect();
    words.join(", ")
}
