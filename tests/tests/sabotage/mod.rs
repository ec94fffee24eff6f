//! Delegates that are wrong on purpose: each must be caught.

mod alteration;
mod by_hand;
mod spoil;
mod table;
mod wrong;

use std::collections::BTreeSet;
use std::sync::Arc;

use demilite_conformance::float_bound::Bound;
use demilite_conformance::report::Outcome;
use demilite_conformance::{Options, Verdict, cases, judge, run};
use demilite_core::{
    CompileError, Compiled, Delegate, Executable, Io, NodeContext, Partition, Reject, RunError,
};
use demilite_cpu_reference::ReferenceDelegate;

use table::{Fault, ROWS, Row, Under};
use wrong::Wrong;

/// The least number of wrong delegates, each in several families of ops and under each bound that it is wrong for.
const LEAST: usize = 60;

fn delegate(fault: Fault, bound: Bound) -> Arc<dyn Delegate> {
    let right = Wrong {
        is_half: bound == Bound::Float16,
        ..Wrong::default()
    };
    match fault {
        Fault::Spoil(spoil) => Arc::new(Wrong {
            spoil: Some(spoil),
            ..right
        }),
        Fault::Round(rounding) => Arc::new(Wrong {
            in_place_of_rounding: Some(rounding),
            ..right
        }),
        Fault::Alter(alteration) => Arc::new(Wrong {
            alteration: Some(alteration),
            ..right
        }),
        Fault::ByHand(kernel) => Arc::new(kernel),
    }
}

/// Whether one case of the filter fails at least.
fn is_caught(delegate: &Arc<dyn Delegate>, filter: &str, bound: Bound) -> bool {
    let mut cases = cases::matching(filter).into_iter();
    let is_failed = |case| matches!(judge(delegate, &case, bound), Verdict::Failed(_));
    if cases.any(is_failed) {
        return true;
    }
    // Networks, and what only many invocations show.
    let options = Options {
        filter: filter.to_owned(),
        bound,
        ..Options::default()
    };
    let report = run(delegate, &options);
    report
        .entries
        .iter()
        .any(|entry| entry.outcome == Outcome::Failed && !entry.reason.contains("is rejected"))
}

fn bounds(row: &Row) -> &'static [Bound] {
    match row.under {
        Under::Float32 => &[Bound::Float32],
        Under::Both => &[Bound::Float32, Bound::Float16],
    }
}

#[test]
fn every_wrong_delegate_is_caught() {
    let names: BTreeSet<&str> = ROWS.iter().map(|row| row.name).collect();
    assert!(names.len() >= LEAST && names.len() == ROWS.len());
    let mut unnoticed = Vec::new();
    let mut caught = 0;
    for row in ROWS {
        for &bound in bounds(row) {
            let delegate = delegate(row.fault, bound);
            for filter in row.filters {
                match is_caught(&delegate, filter, bound) {
                    true => caught += 1,
                    false => unnoticed.push(format!("{} in {filter} under {bound:?}", row.name)),
                }
            }
        }
    }
    println!("{} wrong delegates: {caught} times caught", ROWS.len());
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}

/// What each is made of is right: the reference, and the reference with float16 activations.
#[test]
fn a_right_delegate_holds() {
    for bound in [Bound::Float32, Bound::Float16] {
        let right: Arc<dyn Delegate> = Arc::new(Wrong {
            is_half: bound == Bound::Float16,
            ..Wrong::default()
        });
        let options = Options {
            bound,
            ..Options::default()
        };
        let report = run(&right, &options);
        assert!(report.is_clean(), "{report}");
    }
}

#[test]
fn floats_of_other_bits_are_not_exact() {
    let wrong = delegate(Fault::Spoil(spoil::one_step_of_a_float), Bound::Float32);
    let options = |bound| Options {
        filter: "softmax/float32/".to_owned(),
        bound,
        ..Options::default()
    };
    let report = run(&wrong, &options(Bound::Float32));
    assert!(
        report.is_clean() && report.count(Outcome::Exact) == 0,
        "{report}"
    );
    let report = run(&wrong, &options(Bound::Exact));
    assert!(report.ran() == 0 && !report.is_clean(), "{report}");
    let reference: Arc<dyn Delegate> = Arc::new(ReferenceDelegate::default());
    assert!(run(&reference, &options(Bound::Exact)).is_clean());
}

#[test]
fn an_element_that_is_not_written_is_caught() {
    #[derive(Clone)]
    struct Lazy;
    impl Delegate for Lazy {
        fn name(&self) -> &str {
            "lazy"
        }
        fn supports(&self, _: &NodeContext<'_>) -> Result<(), Reject> {
            Ok(())
        }
        fn compile(&self, _: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
            Ok(Arc::new(Lazy))
        }
    }
    impl Executable for Lazy {
        fn invoke(&mut self, _: &mut Io<'_>) -> Result<(), RunError> {
            Ok(())
        }
    }
    let lazy: Arc<dyn Delegate> = Arc::new(Lazy);
    let cases = cases::all();
    let mut unnoticed: Vec<&str> = cases
        .iter()
        .filter(|case| !matches!(judge(&lazy, case, Bound::Float32), Verdict::Failed(_)))
        .filter_map(|case| case.name().split('/').next())
        .collect();
    unnoticed.dedup();
    // What these give is known from shapes, before any backend is asked.
    assert_eq!(unnoticed, ["rank", "shape_of"]);
}

#[test]
fn an_unexpected_rejection_is_caught() {
    struct Choosy;
    impl Delegate for Choosy {
        fn name(&self) -> &str {
            "choosy"
        }
        fn supports(&self, _: &NodeContext<'_>) -> Result<(), Reject> {
            Err(Reject::unsupported("it likes nothing"))
        }
        fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
            ReferenceDelegate::default().compile(partition)
        }
    }
    let choosy: Arc<dyn Delegate> = Arc::new(Choosy);
    let mut options = Options {
        filter: "tanh/".to_owned(),
        ..Options::default()
    };
    assert!(!run(&choosy, &options).is_clean());
    options.expectations = "unsupported tanh/* it likes nothing"
        .parse()
        .expect("a line");
    let report = run(&choosy, &options);
    assert!(
        report.is_clean() && report.count(Outcome::Unsupported) > 3,
        "{report}"
    );
    let reference: Arc<dyn Delegate> = Arc::new(ReferenceDelegate::default());
    assert!(
        !run(&reference, &options).is_clean(),
        "an unexpected pass is caught"
    );
}
