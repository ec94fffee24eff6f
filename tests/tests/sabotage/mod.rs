//! Delegates that are wrong on purpose: each must be caught.

use std::sync::Arc;

use demilite_conformance::float_bound::FLOAT32_ROUNDOFF;
use demilite_conformance::report::Outcome;
use demilite_conformance::{Options, Report, Verdict, cases, judge, run};
use demilite_core::{
    CompileError, DataType, Delegate, Executable, Io, NodeContext, Partition, Reject, RunError,
    Value,
};
use demilite_cpu_reference::ReferenceDelegate;

/// What a wrong delegate does to what the reference computed.
type Spoil = fn(&mut Value);

/// The reference, with its outputs spoiled.
struct Wrong(Spoil);

impl Delegate for Wrong {
    fn name(&self) -> &str {
        "wrong"
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        ReferenceDelegate::default().supports(node)
    }

    fn compile(&self, partition: &Partition<'_>) -> Result<Box<dyn Executable>, CompileError> {
        Ok(Box::new(WrongExecutable {
            right: ReferenceDelegate::default().compile(partition)?,
            spoil: self.0,
        }))
    }
}

struct WrongExecutable {
    right: Box<dyn Executable>,
    spoil: Spoil,
}

impl Executable for WrongExecutable {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        self.right.invoke(io)?;
        io.outputs.iter_mut().for_each(self.spoil);
        Ok(())
    }
}

fn report(filter: &str, spoil: Spoil) -> Report {
    let wrong: Arc<dyn Delegate> = Arc::new(Wrong(spoil));
    let options = Options {
        filter: filter.to_owned(),
        ..Options::default()
    };
    run(&wrong, &options)
}

/// Every case of the filter fails, and there are some.
fn is_caught(filter: &str, spoil: Spoil) {
    let report = report(filter, spoil);
    assert!(report.failures().count() > 1, "{filter}: {report}");
    assert_eq!(report.ran(), 0, "{filter}: {report}");
}

fn last_float(value: &mut Value, change: impl Fn(f32) -> f32) {
    if let Ok(elements) = value.as_mut_slice::<f32>()
        && let Some(last) = elements.last_mut()
    {
        *last = change(*last);
    }
}

#[test]
fn one_step_of_one_integer_is_caught() {
    for dtype in [
        DataType::Int8,
        DataType::UInt8,
        DataType::Int16,
        DataType::Int32,
    ] {
        is_caught(&format!("add/{dtype}/"), |value| {
            let width = value.dtype().bits().map_or(1, |bits| bits / 8);
            let bytes = value.bytes_mut();
            let last = bytes.len() - width;
            bytes[last] ^= 1;
        });
    }
}

#[test]
fn a_float_beyond_its_bound_is_caught() {
    for op in [
        "add",
        "conv_2d",
        "relu",
        "softmax",
        "mean",
        "resize_bilinear",
    ] {
        is_caught(&format!("{op}/float32/"), |value| {
            last_float(value, |x| x + (1e-3 * x.abs().max(1.0)).copysign(x))
        });
    }
}

#[test]
fn a_float_within_its_bound_is_not_exact() {
    let report = report("add/float32/", |value| {
        last_float(value, |x| f32::from_bits(x.to_bits() ^ 1));
    });
    assert!(
        report.is_clean() && report.count(Outcome::Exact) == 0,
        "{report}"
    );
}

#[test]
fn an_element_that_is_not_written_is_caught() {
    struct Lazy;
    impl Delegate for Lazy {
        fn name(&self) -> &str {
            "lazy"
        }
        fn supports(&self, _: &NodeContext<'_>) -> Result<(), Reject> {
            Ok(())
        }
        fn compile(&self, _: &Partition<'_>) -> Result<Box<dyn Executable>, CompileError> {
            Ok(Box::new(Lazy))
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
        .filter(|case| !matches!(judge(&lazy, case, FLOAT32_ROUNDOFF), Verdict::Failed(_)))
        .filter_map(|case| case.name().split('/').next())
        .collect();
    unnoticed.dedup();
    // What these give is known from shapes, before any backend is asked.
    assert_eq!(unnoticed, ["rank", "shape_of"]);
}

#[test]
fn an_answer_that_is_left_from_the_run_before_is_caught() {
    struct Stale;
    impl Delegate for Stale {
        fn name(&self) -> &str {
            "stale"
        }
        fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
            ReferenceDelegate::default().supports(node)
        }
        fn compile(&self, partition: &Partition<'_>) -> Result<Box<dyn Executable>, CompileError> {
            Ok(Box::new(StaleExecutable {
                right: ReferenceDelegate::default().compile(partition)?,
                first: Vec::new(),
            }))
        }
    }
    struct StaleExecutable {
        right: Box<dyn Executable>,
        first: Vec<Value>,
    }
    impl Executable for StaleExecutable {
        fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
            if self.first.is_empty() {
                self.right.invoke(io)?;
                self.first = io.outputs.to_vec();
            }
            for (output, first) in std::iter::zip(io.outputs.iter_mut(), &self.first) {
                output.assign(first.view())?;
            }
            Ok(())
        }
    }
    let stale: Arc<dyn Delegate> = Arc::new(Stale);
    for filter in [
        "add/float32/2x3x5x7",
        "conv_2d/int8/2x7x5x3",
        "reshape/int32/2x3x5x7",
    ] {
        let options = Options {
            filter: filter.to_owned(),
            ..Options::default()
        };
        let report = run(&stale, &options);
        assert!(!report.is_clean() && report.ran() == 0, "{report}");
    }
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
        fn compile(&self, partition: &Partition<'_>) -> Result<Box<dyn Executable>, CompileError> {
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
