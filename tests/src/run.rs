//! Holds a delegate against the reference, case by case.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use demilite_core::{CompileError, Delegate, Model, Reject, Session, Value};

use crate::case::Case;
use crate::cases;
use crate::compare::Distance;
use crate::composition;
use crate::expectations::{Expectation, Expectations, Kind};
use crate::float_bound::Bound;
use crate::poisoned::Poisoned;
use crate::report::{Entry, Outcome, Report, Subject};
use crate::truth::Truth;

/// Invocations of each case, on other data each: see [`Case::inputs`]. After them the first is repeated, from the same state, and
/// gives the same bytes.
pub const RUNS: u64 = 3;

/// Invocations of a case, those with other data among them.
const INVOCATIONS: u64 = 5;

/// Invocations of the first case of each op and type.
const MANY_INVOCATIONS: u64 = 50;

/// Which cases run, and what is expected of the delegate.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only cases whose name contains this text.
    pub filter: String,
    /// What the delegate is known not to do.
    pub expectations: Expectations,
    /// What its floats are held to.
    pub bound: Bound,
    /// The cases that run, by what their tensors hold.
    pub elements: Elements,
}

/// Cases by what their tensors hold. On a delegate whose floats are held in several ways, all but one of them may leave out integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Elements {
    /// Every case.
    #[default]
    All,
    /// Those that have floats.
    Floats,
    /// Those that have none.
    Integers,
}

impl Elements {
    fn has(self, case: &Case) -> bool {
        match self {
            Elements::All => true,
            Elements::Floats => case.has_floats(),
            Elements::Integers => !case.has_floats(),
        }
    }
}

impl Options {
    /// Every case, held to the reference's bits, of floats too.
    #[must_use]
    pub fn exact() -> Self {
        Options {
            bound: Bound::Exact,
            ..Options::default()
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

/// How many cases and networks have this text in their names.
#[must_use]
pub fn case_count(filter: &str) -> usize {
    cases::matching(filter).len() + composition::count(filter)
}

/// Runs every case of the filter on a delegate alone, and drawn networks on it with the reference behind it, and holds the outputs
/// against the reference.
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
    let mut kinds = HashSet::new();
    for case in cases::matching(&options.filter) {
        let expectation = options.expectations.of(case.name());
        if let Some((line, _)) = expectation {
            seen[line] = true;
        }
        if !options.elements.has(&case) {
            continue;
        }
        let started = Instant::now();
        let mut verdict = judge(delegate, &case, options.bound);
        let ran = matches!(verdict, Verdict::Exact | Verdict::WithinTolerance(_));
        if ran && kinds.insert((case.op().to_owned(), case.dtype())) {
            verdict = judge_at_length(delegate, &case, options.bound);
        }
        let expectation = expectation.map(|(_, line)| line);
        let entry = entry(&case, verdict, expectation, started.elapsed());
        observe(&entry);
        entries.push(entry);
    }
    for networks in composition::networks(delegate.as_ref(), &options.filter) {
        let mut most = 0;
        for case in &networks.cases {
            let expectation = options.expectations.of(case.name());
            if let Some((line, _)) = expectation {
                seen[line] = true;
            }
            if !options.elements.has(case) {
                continue;
            }
            let started = Instant::now();
            let (verdict, nodes) = composition::judge(delegate, case, options.bound);
            most = most.max(nodes);
            let expectation = expectation.map(|(_, line)| line);
            let entry = entry(case, verdict, expectation, started.elapsed());
            observe(&entry);
            entries.push(entry);
        }
        if networks.cases.is_empty() && networks.is_asked_for(&options.filter) {
            let (name, reject) = networks.rejection();
            let expectation = options.expectations.of(&name);
            if let Some((line, _)) = expectation {
                seen[line] = true;
            }
            let is_listed = expectation.is_some_and(|(_, line)| line.kind == Kind::Unsupported);
            entries.push(match expectation {
                Some((_, line)) if is_listed => Entry {
                    outcome: Outcome::Unsupported,
                    is_expected: true,
                    ..failed(name, &line.reason)
                },
                _ => failed(name, &format!("it is rejected: {reject}")),
            });
        }
        let mut cases = networks.cases.iter();
        if most == 1 && cases.any(|case| composition::takes_neighbors(delegate.as_ref(), case)) {
            entries.push(failed(
                format!("composition/{}", networks.dtype),
                "no group of nodes that it was given had more than one",
            ));
        }
    }
    if options.filter.is_empty() {
        let unseen = std::iter::zip(options.expectations.lines(), seen).filter(|(_, seen)| !seen);
        entries.extend(unseen.map(|(line, _)| {
            failed(
                line.pattern.clone(),
                "this line of the expectations speaks of no case",
            )
        }));
    }
    Report {
        subject: Subject::Cases,
        delegate: delegate.name().to_owned(),
        entries,
    }
}

/// A failure that is not a case's.
fn failed(name: String, reason: &str) -> Entry {
    Entry {
        op: name.split('/').next().unwrap_or_default().to_owned(),
        name,
        precision: String::new(),
        kernels: None,
        ran_on: None,
        outcome: Outcome::Failed,
        is_expected: false,
        distance: Distance::default(),
        reason: reason.to_owned(),
        seconds: 0.0,
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
pub fn judge(delegate: &Arc<dyn Delegate>, case: &Case, bound: Bound) -> Verdict {
    caught(|| try_judge(delegate, case, bound, INVOCATIONS))
}

/// As [`judge`], with many more invocations.
fn judge_at_length(delegate: &Arc<dyn Delegate>, case: &Case, bound: Bound) -> Verdict {
    caught(|| try_judge(delegate, case, bound, MANY_INVOCATIONS))
}

/// The verdict, where nothing panics.
pub(crate) fn caught(judge: impl FnOnce() -> Result<Verdict, String>) -> Verdict {
    match catch_unwind(AssertUnwindSafe(judge)) {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(reason)) => Verdict::Failed(reason),
        Err(panic) => {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
            Verdict::Failed(format!("it panics: {}", words.unwrap_or("without a word")))
        }
    }
}

fn try_judge(
    delegate: &Arc<dyn Delegate>,
    case: &Case,
    bound: Bound,
    invocations: u64,
) -> Result<Verdict, String> {
    let model = Arc::new(Model::from_graph(case.graph().clone()));
    let session = Session::builder(model)
        .delegate(Arc::new(Poisoned::new(Arc::clone(delegate))))
        .build();
    let mut tested = match session {
        Ok(session) => session,
        Err(CompileError::NoDelegate { rejections, .. }) => {
            let first = rejections.into_iter().next();
            let (_, reject) = first.ok_or("it was not asked")?;
            return Ok(Verdict::Rejected(reject));
        }
        Err(error) => return Err(error.to_string()),
    };
    let mut truth = Truth::new(case, bound)?;
    held(&mut tested, &mut truth, case, invocations)
}

/// Holds the outputs of a session that is new against the truth.
pub(crate) fn held(
    tested: &mut Session,
    truth: &mut Truth,
    case: &Case,
    invocations: u64,
) -> Result<Verdict, String> {
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
        let expected = truth.of(&inputs)?;
        let count = expected.outputs().len();
        if outputs.len() != count {
            let found = outputs.len();
            return Err(format!("{found} outputs where {count} are expected"));
        }
        for (index, output) in outputs.iter().enumerate() {
            let compared = expected.hold(index, output);
            let compared = compared
                .map_err(|difference| format!("run {run}, output {index}: {difference}"))?;
            distance = distance.with(compared);
        }
        first.get_or_insert(outputs);
    }
    let inputs = case.inputs(0);
    for invocation in RUNS..invocations {
        let what = format!("invocation {} is run 0 once more", invocation + 1);
        tested.reset_state();
        let again = tested.run(&inputs);
        let again = again.map_err(|error| format!("{what}: {error}"))?;
        let same = |(again, first): (&Value, &Value)| again.bytes() == first.bytes();
        if !std::iter::zip(&again, first.iter().flatten()).all(same) {
            return Err(format!("{what}: it gives other bytes"));
        }
    }
    Ok(match distance.is_exact() {
        true => Verdict::Exact,
        false => Verdict::WithinTolerance(distance),
    })
}
