//! Holds delegates against every golden of a folder.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use demilite_core::{CompileError, Delegate, Model, Plan};

use super::{Found, Golden, bound_tolerance, model_tolerance, precision};
use crate::compare::{Distance, Tolerance};
use crate::float_bound::FLOAT32_ROUNDOFF;
use crate::report::{Entry, Outcome, Report, Subject};

/// What a folder of goldens is run on.
#[derive(Clone)]
pub struct GoldenOptions {
    /// Delegates in order of preference; the last is the reference backend.
    pub delegates: Vec<Arc<dyn Delegate>>,
    /// The largest relative error of rounding to the type in which those before the last keep
    /// activations.
    pub activation_roundoff: f64,
}

/// Runs goldens one by one. An entry that cannot be read or does not run keeps none of the others
/// from it; `observe` is shown each when it is done.
///
/// Integers are held to their bytes. Floats are held to [`model_tolerance`] where the last
/// delegate runs every node of a golden, to [`bound_tolerance`] where others take part or where
/// optimized kernels made it.
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
    let tolerance = tolerance(&golden, session.plan(), options, entry.kernels.as_deref());
    match golden.hold(&mut session, &options.delegates, tolerance) {
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

/// The bound of the kernels that run a golden and of those that made it.
fn tolerance(
    golden: &Golden,
    plan: &Plan,
    options: &GoldenOptions,
    kernels: Option<&str>,
) -> Tolerance {
    let others = plan.delegates.len().saturating_sub(1);
    if (0..others).any(|delegate| plan.compute_nodes(delegate) > 0) {
        return bound_tolerance(golden, options.activation_roundoff);
    }
    match kernels {
        None | Some("ref") => model_tolerance(golden.model()),
        Some(_) => bound_tolerance(golden, FLOAT32_ROUNDOFF),
    }
}

/// How many nodes each delegate runs, such as `gpu 29, reference 2`.
fn ran_on(plan: &Plan) -> String {
    let delegates = plan.delegates.iter().enumerate();
    let words: Vec<String> = delegates
        .map(|(index, name)| (name, plan.compute_nodes(index)))
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
