//! The reference backend against LiteRT's kernels, on every case of the suite and on drawn ones.

mod audio;
mod oracle;
#[path = "../place/mod.rs"]
mod place;
mod recorded;
mod refused_layers;
mod retyped;
mod rewritten;
#[path = "../../../custom-ops/tests/sound_custom_ops/mod.rs"]
#[allow(
    dead_code,
    reason = "other tests have the nodes, these write options alone"
)]
mod sound_custom_ops;

use std::fs;
use std::sync::Arc;

use demilite_conformance::compare::{Difference, Tolerance, compare};
use demilite_conformance::expectations::{Expectations, Kind};
use demilite_conformance::float_bound::{FLOAT32_ROUNDOFF, Rounding};
use demilite_conformance::golden::reference_tolerance;
use demilite_conformance::{Case, RUNS, cases, drawn};
use demilite_core::{Model, Session, Value};

use oracle::{Answer, Oracle, Resolver};

/// Seeds of drawn cases that never change.
const FIXED: u64 = 90;

/// Seeds of drawn cases of rare types and storage.
const FIXED_RARE: u64 = 300;

/// How many seeds are others in each run.
const FRESH: u64 = 9;

/// What LiteRT's reference kernels are known to refuse, or to get wrong.
fn expectations() -> Expectations {
    let path = place::repository().join("tests/expectations/litert.txt");
    let text = fs::read_to_string(&path).expect("the expectations");
    text.parse().expect("the expectations")
}

/// Why the reference and LiteRT differ on a case, if they do, where integers may be `steps` apart.
fn difference(case: &Case, expected: &[Vec<Value>], steps: f64) -> Option<String> {
    let model = Arc::new(Model::from_graph(case.graph().clone()));
    let session = Session::builder(model)
        .delegate(Arc::new(demilite_custom_ops::reference()))
        .build();
    let mut session = match session {
        Ok(session) => session,
        Err(error) => return Some(format!("the reference refuses it: {error}")),
    };
    let tolerance = tolerance(case);
    for (run, expected) in (0..RUNS).zip(expected) {
        let outputs = match session.run(&case.inputs(run)) {
            Ok(outputs) => outputs,
            Err(error) => return Some(error.to_string()),
        };
        if outputs.len() != expected.len() {
            return Some(format!("{} outputs of {}", outputs.len(), expected.len()));
        }
        for (output, expected) in std::iter::zip(&outputs, expected) {
            match compare(output.view(), expected.view(), tolerance) {
                Ok(_) => {}
                Err(Difference::Elements(elements))
                    if is_integer(output) && elements.largest <= steps => {}
                Err(difference) => return Some(format!("run {run}: {difference}")),
            }
        }
    }
    None
}

/// That of the graph; sums of LSTM and SVDF, whose operands here are at most 1, run in another order in
/// LiteRT.
fn tolerance(case: &Case) -> Tolerance {
    match case.op() {
        "basic_lstm" | "bidirectional_lstm" | "lstm" | "rnn" | "svdf" => match case.rounding() {
            Rounding::Network { terms, .. } => {
                Tolerance::absolute(8.0 * FLOAT32_ROUNDOFF * (terms as f64 + 1.0))
            }
            rounding => panic!("{rounding:?} is not a network"),
        },
        "fully_connected" if has_blocks(case) => match case.rounding() {
            // The optimized kernels fuse the scales of blocks, each at most 0.1, with their sums of products with numbers of 4 bits.
            Rounding::Products { terms } => {
                Tolerance::absolute(2.0 * FLOAT32_ROUNDOFF * terms as f64 * 8.0 * 7.0 * 0.1)
            }
            rounding => panic!("{rounding:?} is not a product"),
        },
        _ => reference_tolerance(case.graph()),
    }
}

/// Whether a case has constants whose blocks have scales of their own.
fn has_blocks(case: &Case) -> bool {
    let mut tensors = case.graph().tensors().iter();
    tensors.any(|tensor| tensor.blocks.is_some())
}

fn is_integer(value: &Value) -> bool {
    value.dtype().quantized_range().is_some()
}

/// How many cases came out how.
#[derive(Debug, Default)]
struct Tally {
    /// Equal to LiteRT's reference kernels.
    equal: usize,
    /// Refused or known to be wrong there, and equal to LiteRT's optimized kernels.
    equal_to_optimized: usize,
    /// Refused or known to be wrong there, and refused by the optimized kernels too.
    unanswered: usize,
    /// What is not as expected.
    failures: Vec<String>,
}

/// Holds the reference against LiteRT. `name` is that of a folder for the files.
fn hold(oracle: &Oracle, name: &str, cases: &[Case]) -> Tally {
    let expectations = expectations();
    let mut tally = Tally::default();
    let all: Vec<&Case> = cases.iter().collect();
    let answers = oracle.ask(name, &all, Resolver::Reference);
    let mut again = Vec::new();
    for (&case, answer) in std::iter::zip(&all, &answers) {
        let kind = expectations.of(case.name()).map(|(_, line)| line.kind);
        let kind = kind.filter(|kind| *kind != Kind::Supported);
        let outcome = match answer {
            Answer::Refused(words) => Err(words.clone()),
            Answer::Outputs(outputs) => Ok(difference(case, outputs, 0.0)),
        };
        match (&outcome, kind) {
            (Ok(None), None) => tally.equal += 1,
            (Err(_), Some(Kind::Unsupported)) => again.push((case, 0.0)),
            // The optimized integer SUM works in floats, whose halves round otherwise. A case that LiteRT gets right is none that it
            // is known to get wrong.
            (Ok(Some(_)), Some(Kind::ExpectedFailure)) => again.push((case, 1.0)),
            _ => tally
                .failures
                .push(failure(case, format!("{outcome:?} where {kind:?}"))),
        }
    }
    let all: Vec<&Case> = again.iter().map(|(case, _)| *case).collect();
    let answers = oracle.ask(&format!("{name}_optimized"), &all, Resolver::Optimized);
    for ((case, steps), answer) in std::iter::zip(again, &answers) {
        match answer {
            Answer::Refused(_) => tally.unanswered += 1,
            Answer::Outputs(outputs) => match difference(case, outputs, steps) {
                None => tally.equal_to_optimized += 1,
                Some(difference) => tally.failures.push(failure(case, difference)),
            },
        }
    }
    tally
}

/// A line about a case, with all that its name may not say.
fn failure(case: &Case, reason: String) -> String {
    let nodes = case
        .graph()
        .nodes()
        .iter()
        .map(|node| format!("{:?}", node.op));
    let tensors = case.graph().tensors().iter();
    let tensors = tensors.map(|tensor| format!("{}{}", tensor.dtype, tensor.shape));
    let (nodes, tensors): (Vec<_>, Vec<_>) = (nodes.collect(), tensors.collect());
    let name = case.name();
    let (nodes, tensors) = (nodes.join(", "), tensors.join(" "));
    format!("{name} ({nodes} on {tensors}): {reason}\n  again: DEMILITE_FILTER={name}")
}

impl Tally {
    fn cases(&self) -> usize {
        self.equal + self.equal_to_optimized + self.unanswered + self.failures.len()
    }

    fn holds(self, name: &str) {
        println!(
            "{name}: {} cases: {} equal to LiteRT's reference kernels, {} to its optimized ones, \
             {} answered by neither, {} failed",
            self.cases(),
            self.equal,
            self.equal_to_optimized,
            self.unanswered,
            self.failures.len()
        );
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
    }
}

#[test]
fn the_reference_gives_the_bytes_of_litert() {
    let Some(oracle) = Oracle::find() else {
        return;
    };
    let filter = place::filter();
    let mut cases = cases::all();
    cases.retain(|case| case.name().contains(&filter));
    let tally = hold(&oracle, "table", &cases);
    assert_eq!(tally.cases(), cases.len());
    tally.holds("table");
}

#[test]
fn each_expectation_speaks_of_a_case() {
    let expectations = expectations();
    let cases = cases::all();
    let spoken_of = cases.iter().filter_map(|case| expectations.of(case.name()));
    let mut seen = vec![false; expectations.lines().len()];
    spoken_of.for_each(|(line, _)| seen[line] = true);
    let lines = std::iter::zip(expectations.lines(), seen);
    let unseen: Vec<_> = lines.filter(|(_, seen)| !seen).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn the_reference_gives_the_bytes_of_litert_on_drawn_cases() {
    let Some(oracle) = Oracle::find() else {
        return;
    };
    let filter = place::filter();
    let cases: Vec<Case> = match drawn::named(&filter) {
        Some(case) => vec![case],
        None => drawn::cases(0..FIXED)
            .chain(drawn::rare_cases(FIXED..FIXED_RARE))
            .filter(|case| case.name().contains(&filter))
            .collect(),
    };
    let tally = hold(&oracle, "drawn", &cases);
    if filter.is_empty() {
        assert!(tally.cases() >= 5000, "{}", tally.cases());
    }
    tally.holds("drawn");
}

#[test]
fn the_reference_gives_the_bytes_of_litert_on_fresh_cases() {
    let Some(oracle) = Oracle::find() else {
        return;
    };
    if !place::filter().is_empty() {
        return demilite_needs::leave_out("DEMILITE_FILTER asks for other cases");
    }
    let seed = place::seed();
    println!("DEMILITE_SEED={seed} draws these cases again");
    let cases: Vec<Case> = drawn::cases(seed..seed + FRESH).collect();
    hold(&oracle, "fresh", &cases).holds(&format!("DEMILITE_SEED={seed}"));
}

/// The run that is spoiled: one of usual numbers, where no NaN hides a bit.
const SPOILED: usize = 1;

/// What the reference gives, with one element of the last output a step away; `None` where the last
/// output is empty.
fn a_step_away(case: &Case) -> Option<Vec<Vec<Value>>> {
    let model = Arc::new(Model::from_graph(case.graph().clone()));
    let session = Session::builder(model).delegate(Arc::new(demilite_custom_ops::reference()));
    let mut session = session.build().expect("a session");
    let runs = (0..RUNS).map(|run| session.run(&case.inputs(run)).expect("outputs"));
    let mut outputs: Vec<Vec<Value>> = runs.collect();
    let last = outputs[SPOILED].last_mut();
    *last?.bytes_mut().first_mut()? ^= 1;
    Some(outputs)
}

#[test]
fn an_answer_that_is_a_step_away_is_caught() {
    let mut integers = 0;
    for case in drawn::cases(0..8) {
        let name = case.name();
        let Some(spoiled) = a_step_away(&case) else {
            continue;
        };
        let is_integer = spoiled[SPOILED].last().is_some_and(is_integer);
        if is_integer {
            let reason = difference(&case, &spoiled, 0.0).expect(name);
            assert!(reason.starts_with("run 1: 1 of "), "{name}: {reason}");
            assert_eq!(difference(&case, &spoiled, 1.0), None, "{name}");
            integers += 1;
        } else if tolerance(&case) == Tolerance::EXACT {
            assert!(difference(&case, &spoiled, 1.0).is_some(), "{name}");
        }
        assert_eq!(difference(&case, &spoiled[..1], 0.0), None, "{name}");
    }
    assert!(integers > 100, "{integers}");
}
