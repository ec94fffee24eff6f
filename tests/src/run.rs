//! Holds a delegate against the reference, case by case.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use demilite_core::{CompileError, Delegate, Model, Reject, Session, Value};
use demilite_cpu_reference::ReferenceDelegate;

use crate::case::Case;
use crate::cases;
use crate::compare::{Distance, Tolerance, compare};
use crate::expectations::{Expectation, Expectations, Kind};
use crate::float_bound::{FLOAT32_ROUNDOFF, Rounding, float_bound};
use crate::poisoned::Poisoned;
use crate::report::{Entry, Outcome, Report, Subject};

/// Invocations of each case, on other data each. After them the first is repeated, from the same state, and gives the same bytes.
pub const RUNS: u64 = 2;

/// How often the first invocation of a case is repeated.
const REPEATS: usize = 2;

/// Which cases run, and what is expected of the delegate.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only cases whose name contains this text.
    pub filter: String,
    /// What the delegate is known not to do.
    pub expectations: Expectations,
    /// The largest relative error of rounding to the type in which the delegate keeps activations.
    pub activation_roundoff: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            filter: String::new(),
            expectations: Expectations::default(),
            activation_roundoff: FLOAT32_ROUNDOFF,
        }
    }
}

/// What a delegate did with one case.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The reference's bits.
    Exact,
    /// Floats within their bound, this far from the reference's.
    WithinTolerance(Distance),
    /// Nothing: it rejects the case.
    Rejected(Reject),
    /// Something else.
    Failed(String),
}

/// Runs every case of the filter on a delegate alone, and holds its outputs against the reference.
pub fn run(delegate: &Arc<dyn Delegate>, options: &Options) -> Report {
    run_observed(delegate, options, &mut |_| ())
}

/// As [`run`], with each case shown to `observe` when it is done.
pub fn run_observed(
    delegate: &Arc<dyn Delegate>,
    options: &Options,
    observe: &mut dyn FnMut(&Entry),
) -> Report {
    let mut entries = Vec::new();
    let mut seen = vec![false; options.expectations.lines().len()];
    for case in cases::matching(&options.filter) {
        let started = Instant::now();
        let verdict = judge(delegate, &case, options.activation_roundoff);
        let expectation = options.expectations.of(case.name());
        if let Some((line, _)) = expectation {
            seen[line] = true;
        }
        let expectation = expectation.map(|(_, line)| line);
        let entry = entry(&case, verdict, expectation, started.elapsed());
        observe(&entry);
        entries.push(entry);
    }
    if options.filter.is_empty() {
        let unseen = std::iter::zip(options.expectations.lines(), seen).filter(|(_, seen)| !seen);
        entries.extend(unseen.map(|(line, _)| Entry {
            name: line.pattern.clone(),
            op: "expectations".to_owned(),
            precision: String::new(),
            kernels: None,
            ran_on: None,
            outcome: Outcome::Failed,
            is_expected: false,
            distance: Distance::default(),
            reason: "this line of the expectations speaks of no case".to_owned(),
            seconds: 0.0,
        }));
    }
    Report {
        subject: Subject::Cases,
        delegate: delegate.name().to_owned(),
        entries,
    }
}

/// What came of a case, and whether the expectations have it so.
fn entry(
    case: &Case,
    verdict: Verdict,
    expectation: Option<&Expectation>,
    took: Duration,
) -> Entry {
    let kind = expectation.map_or(Kind::Supported, |line| line.kind);
    let listed = || expectation.map_or_else(String::new, |line| line.reason.clone());
    let mut distance = Distance::default();
    let (outcome, reason) = match (verdict, kind) {
        (Verdict::Exact, Kind::Supported) => (Outcome::Exact, String::new()),
        (Verdict::WithinTolerance(found), Kind::Supported) => {
            distance = found;
            (Outcome::WithinTolerance, String::new())
        }
        (Verdict::Rejected(_), Kind::Unsupported) => (Outcome::Unsupported, listed()),
        (Verdict::Failed(_), Kind::ExpectedFailure) => (Outcome::ExpectedFailure, listed()),
        (Verdict::Rejected(reject), _) => (Outcome::Failed, format!("it is rejected: {reject}")),
        (Verdict::Failed(reason), _) => (Outcome::Failed, reason),
        (Verdict::Exact | Verdict::WithinTolerance(_), Kind::Unsupported) => (
            Outcome::Failed,
            "it is listed as unsupported, and runs".to_owned(),
        ),
        (Verdict::Exact | Verdict::WithinTolerance(_), Kind::ExpectedFailure) => (
            Outcome::Failed,
            "it is expected to fail, and holds".to_owned(),
        ),
    };
    Entry {
        name: case.name().to_owned(),
        op: case.op().to_owned(),
        precision: case.dtype().name().to_owned(),
        kernels: None,
        ran_on: None,
        outcome,
        is_expected: outcome != Outcome::Failed,
        distance,
        reason,
        seconds: took.as_secs_f64(),
    }
}

/// Runs one case on a delegate alone and holds its outputs against the reference.
pub fn judge(delegate: &Arc<dyn Delegate>, case: &Case, activation_roundoff: f64) -> Verdict {
    let judged = AssertUnwindSafe(|| try_judge(delegate, case, activation_roundoff));
    match catch_unwind(judged) {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(reason)) => Verdict::Failed(reason),
        Err(_) => Verdict::Failed("it panics".to_owned()),
    }
}

fn try_judge(
    delegate: &Arc<dyn Delegate>,
    case: &Case,
    activation_roundoff: f64,
) -> Result<Verdict, String> {
    let model = Arc::new(Model::from_graph(case.graph().clone()));
    let session = |delegate: Arc<dyn Delegate>| {
        Session::builder(Arc::clone(&model))
            .delegate(Arc::new(Poisoned(delegate)))
            .build()
    };
    let mut tested = match session(Arc::clone(delegate)) {
        Ok(session) => session,
        Err(CompileError::NoDelegate { rejections, .. }) => {
            let first = rejections.into_iter().next();
            let (_, reject) = first.ok_or("it was not asked")?;
            return Ok(Verdict::Rejected(reject));
        }
        Err(error) => return Err(error.to_string()),
    };
    let reference = session(Arc::new(ReferenceDelegate::default()));
    let mut reference = reference.map_err(|error| format!("on the reference: {error}"))?;
    let mut distance = Distance::default();
    let mut first = None;
    for run in 0..RUNS {
        let inputs = case.inputs(run);
        let before = inputs.clone();
        let outputs = tested
            .run(&inputs)
            .map_err(|error| format!("run {run}: {error}"))?;
        let unchanged = std::iter::zip(&inputs, &before).all(|(a, b)| a.bytes() == b.bytes());
        if !unchanged {
            return Err(format!("run {run}: it changes its inputs"));
        }
        let expected = reference.run(&inputs);
        let expected = expected.map_err(|error| format!("on the reference: {error}"))?;
        if outputs.len() != expected.len() {
            return Err(format!(
                "{} outputs where {} are expected",
                outputs.len(),
                expected.len()
            ));
        }
        for (output, expected) in std::iter::zip(&outputs, &expected) {
            let tolerance = tolerance(case, &inputs, expected, activation_roundoff);
            let compared = compare(output.view(), expected.view(), tolerance);
            let compared = compared.map_err(|difference| format!("run {run}: {difference}"))?;
            distance = distance.with(compared);
        }
        first.get_or_insert(outputs);
    }
    for _ in 0..REPEATS {
        tested.reset_state();
        let again = tested.run(&case.inputs(0));
        let again = again.map_err(|error| format!("run 0 once more: {error}"))?;
        let same = |(again, first): (&Value, &Value)| again.bytes() == first.bytes();
        if !std::iter::zip(&again, first.iter().flatten()).all(same) {
            return Err("run 0 once more: it gives other bytes".to_owned());
        }
    }
    Ok(match distance.is_exact() {
        true => Verdict::Exact,
        false => Verdict::WithinTolerance(distance),
    })
}

/// How far a case's float outputs may lie from the expected ones; integers have no tolerance.
fn tolerance(case: &Case, inputs: &[Value], expected: &Value, roundoff: f64) -> Tolerance {
    let constants = case
        .graph()
        .tensors()
        .iter()
        .filter_map(|tensor| tensor.constant_view());
    let fed = inputs.iter().map(Value::view);
    let operands: Vec<f64> = fed.chain(constants).filter_map(largest).collect();
    let product = operands.iter().take(2).product::<f64>();
    let greatest = operands.iter().copied().fold(0.0, f64::max);
    let operand = match case.rounding() {
        Rounding::Products { .. } => product,
        _ => greatest,
    };
    let output = largest(expected.view()).unwrap_or(0.0);
    Tolerance::absolute(float_bound(case.rounding(), roundoff, operand, output))
}

/// The largest size of a float among elements that are finite.
fn largest(view: demilite_core::View<'_>) -> Option<f64> {
    let largest = |sizes: &mut dyn Iterator<Item = f64>| {
        sizes.filter(|size| size.is_finite()).fold(0.0, f64::max)
    };
    if let Ok(elements) = view.as_slice::<f32>() {
        return Some(largest(&mut elements.iter().map(|x| f64::from(x.abs()))));
    }
    let elements = view.as_slice::<half::f16>().ok()?;
    Some(largest(
        &mut elements.iter().map(|x| f64::from(x.to_f32().abs())),
    ))
}
