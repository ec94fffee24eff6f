//! Holds a delegate against the reference, case by case.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use demilite_core::{CompileError, Delegate, Model, Reject, Session, Value};
use demilite_cpu_reference::ReferenceDelegate;

use crate::case::Case;
use crate::cases;
use crate::compare::{Tolerance, compare};
use crate::expectations::{Expectations, Kind};
use crate::float_bound::{FLOAT32_ROUNDOFF, Rounding, float_bound};
use crate::poisoned::Poisoned;

/// Invocations of each case, on other data each.
pub const RUNS: u64 = 2;

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
    /// Floats within their bound.
    WithinTolerance,
    /// Nothing: it rejects the case.
    Rejected(Reject),
    /// Something else.
    Failed(String),
}

/// How a delegate did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// The delegate's name.
    pub delegate: String,
    /// Cases with the reference's bits.
    pub exact: usize,
    /// Cases with floats within their bound.
    pub within_tolerance: usize,
    /// Cases that were rejected, as expected.
    pub unsupported: usize,
    /// Cases that failed, as expected.
    pub expected_failures: usize,
    /// Names of cases that did something else than what was expected, each with what it did.
    pub failures: Vec<(String, String)>,
}

impl Report {
    /// Cases that the delegate ran, rightly or not.
    pub fn ran(&self) -> usize {
        self.exact + self.within_tolerance + self.expected_failures
    }

    /// Whether everything was as expected.
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (case, reason) in &self.failures {
            writeln!(f, "FAILED {case}: {reason}")?;
        }
        let cases = self.ran() + self.unsupported + self.failures.len();
        write!(
            f,
            "{}: {cases} cases: {} exact, {} within tolerance, {} unsupported, {} expected to \
             fail, {} failed",
            self.delegate,
            self.exact,
            self.within_tolerance,
            self.unsupported,
            self.expected_failures,
            self.failures.len()
        )
    }
}

/// Runs every case of the filter on a delegate alone, and holds its outputs against the reference.
pub fn run(delegate: &Arc<dyn Delegate>, options: &Options) -> Report {
    let mut report = Report {
        delegate: delegate.name().to_owned(),
        ..Report::default()
    };
    let mut seen = vec![false; options.expectations.lines().len()];
    let cases = cases::all();
    for case in cases
        .iter()
        .filter(|case| case.name().contains(&options.filter))
    {
        let verdict = judge(delegate, case, options.activation_roundoff);
        let expectation = options.expectations.of(case.name());
        if let Some((line, _)) = expectation {
            seen[line] = true;
        }
        let fail = |reason: String| Some((case.name().to_owned(), reason));
        let failure = match (verdict, expectation.map(|(_, line)| line.kind)) {
            (Verdict::Exact, None) => {
                report.exact += 1;
                None
            }
            (Verdict::WithinTolerance, None) => {
                report.within_tolerance += 1;
                None
            }
            (Verdict::Rejected(_), Some(Kind::Unsupported)) => {
                report.unsupported += 1;
                None
            }
            (Verdict::Failed(_), Some(Kind::ExpectedFailure)) => {
                report.expected_failures += 1;
                None
            }
            (Verdict::Rejected(reject), _) => fail(format!("it is rejected: {reject}")),
            (Verdict::Failed(reason), _) => fail(reason),
            (Verdict::Exact | Verdict::WithinTolerance, Some(Kind::Unsupported)) => {
                fail("it is listed as unsupported, and runs".to_owned())
            }
            (Verdict::Exact | Verdict::WithinTolerance, Some(Kind::ExpectedFailure)) => {
                fail("it is expected to fail, and holds".to_owned())
            }
        };
        report.failures.extend(failure);
    }
    if options.filter.is_empty() {
        for (line, _) in
            std::iter::zip(options.expectations.lines(), seen).filter(|(_, seen)| !seen)
        {
            let reason = "this line of the expectations speaks of no case".to_owned();
            report.failures.push((line.pattern.clone(), reason));
        }
    }
    report
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
    let mut verdict = Verdict::Exact;
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
            let distance = compare(output.view(), expected.view(), tolerance);
            if distance.map_err(|difference| format!("run {run}: {difference}"))? > 0.0 {
                verdict = Verdict::WithinTolerance;
            }
        }
    }
    Ok(verdict)
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
