//! Both backends against the suite, and the suite against itself.

mod place;
mod sabotage;

use std::collections::BTreeSet;
use std::sync::Arc;

use demilite_conformance::expectations::Expectations;
use demilite_conformance::float_bound::{FLOAT16_ROUNDOFF, FLOAT32_ROUNDOFF};
use demilite_conformance::report::Outcome;
use demilite_conformance::{Case, Options, Report, cases, drawn, run};
use demilite_core::graph::infer_shapes;
use demilite_core::{
    Constant, DataType, Delegate, Graph, GraphParts, Model, NodeContext, Quantization, Shape,
    for_each_op,
};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuDelegate, GpuOptions, Precision};

fn options(delegate: &str, activation_roundoff: f64) -> Options {
    Options {
        filter: place::filter(),
        expectations: Expectations::known_of(delegate),
        activation_roundoff,
    }
}

/// Everything as expected, and no fewer cases run than `DEMILITE_LEAST_{variable}_CASES` asks for.
fn holds(report: &Report, variable: &str) {
    assert!(report.is_clean(), "{report}");
    println!("{report}");
    let least = std::env::var(format!("DEMILITE_LEAST_{variable}_CASES"));
    let least: usize = least.map_or(1, |least| least.parse().expect("a number of cases"));
    assert!(
        report.ran() >= least,
        "{least} cases at least were to run: {report}"
    );
}

#[test]
fn the_reference_runs_every_case() {
    let reference: Arc<dyn Delegate> = Arc::new(ReferenceDelegate::default());
    let report = run(&reference, &options("reference", FLOAT32_ROUNDOFF));
    let differing = report.count(Outcome::WithinTolerance);
    assert_eq!(differing, 0, "it differs from itself");
    holds(&report, "REFERENCE");
}

fn on_the_gpu(precision: Precision, roundoff: f64) {
    let options_of_device = GpuOptions {
        precision,
        ..GpuOptions::default()
    };
    match GpuDelegate::open(options_of_device) {
        Ok(gpu) => {
            let gpu: Arc<dyn Delegate> = Arc::new(gpu);
            holds(&run(&gpu, &options("gpu", roundoff)), "GPU");
        }
        Err(error) => {
            assert!(!place::is_required("DEMILITE_REQUIRE_GPU"), "{error}");
            println!("skipped: {error}");
        }
    }
}

#[test]
fn the_gpu_holds_with_float32_activations() {
    on_the_gpu(Precision::F32, FLOAT32_ROUNDOFF);
}

#[test]
fn the_gpu_holds_with_float16_activations() {
    on_the_gpu(Precision::F16, FLOAT16_ROUNDOFF);
}

#[test]
fn names_are_unique() {
    let cases = cases::all();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name()).collect();
    assert_eq!(names.len(), cases.len());
}

#[test]
fn data_differs_from_run_to_run_and_not_from_call_to_call() {
    for case in cases::all() {
        let bytes = |run| -> Vec<Vec<u8>> {
            let inputs = case.inputs(run);
            inputs.iter().map(|value| value.bytes().to_vec()).collect()
        };
        assert_eq!(bytes(0), bytes(0), "{}", case.name());
        if bytes(0).iter().flatten().count() > 16 {
            assert_ne!(bytes(0), bytes(1), "{}", case.name());
        }
    }
}

/// The stems of the files of every op.
fn op_files() -> Vec<&'static str> {
    macro_rules! stems {
        ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
            vec![$(stringify!($file)),+]
        };
    }
    for_each_op!(stems)
}

#[test]
fn every_op_has_cases() {
    let cases = cases::all();
    let with_cases: BTreeSet<&str> = cases.iter().map(Case::op).collect();
    let without: Vec<&str> = op_files()
        .into_iter()
        .filter(|op| !with_cases.contains(op))
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

/// Ops without parameters to draw, or whose storage is drawn up by hand.
const NOT_DRAWN: [&str; 4] = ["densify", "range", "rank", "shape_of"];

#[test]
fn every_op_is_drawn() {
    let cases: Vec<Case> = drawn::cases(0..1).collect();
    let drawn: BTreeSet<&str> = cases.iter().map(Case::op).collect();
    let not_drawn: Vec<&str> = op_files()
        .into_iter()
        .filter(|op| !drawn.contains(op))
        .collect();
    assert_eq!(not_drawn, NOT_DRAWN);
}

#[test]
fn a_name_is_the_same_case_each_time() {
    for case in drawn::cases(7..9) {
        let bytes = |case: &Case| {
            let model = Model::from_graph(case.graph().clone());
            model.to_bytes().expect("a file")
        };
        let again = drawn::named(case.name()).expect("a drawn case");
        assert_eq!(bytes(&again), bytes(&case), "{}", case.name());
    }
    assert!(drawn::named("mul/int8/7x5/7x5/linear").is_none());
    assert!(drawn::named("mul/float64/seed_7").is_none());
}

/// Types that networks compute with; ops that only move bytes take others besides.
const COMPUTED: [DataType; 8] = [
    DataType::Float32,
    DataType::Float16,
    DataType::Int8,
    DataType::UInt8,
    DataType::Int16,
    DataType::Int32,
    DataType::Int64,
    DataType::Bool,
];

/// Whatever type a backend takes for an op, there is a case of it.
#[test]
fn every_type_that_a_backend_takes_has_cases() {
    let cases = cases::all();
    let covered: BTreeSet<(&str, DataType)> =
        cases.iter().map(|case| (case.op(), case.dtype())).collect();
    let mut uncovered = BTreeSet::new();
    for case in &cases {
        for dtype in COMPUTED {
            let is_covered = covered.contains(&(case.op(), dtype));
            if !is_covered && takes(&ReferenceDelegate::default(), case, dtype) {
                uncovered.insert((case.op(), dtype));
            }
        }
    }
    assert!(uncovered.is_empty(), "{uncovered:?}");
}

/// Whether a delegate takes a case with tensors of another type in place of its first input's.
fn takes(delegate: &dyn Delegate, case: &Case, dtype: DataType) -> bool {
    let mut parts: GraphParts = case.graph().clone().into_parts();
    for tensor in parts
        .tensors
        .iter_mut()
        .filter(|tensor| tensor.dtype == case.dtype())
    {
        let is_weights = tensor.constant.is_some() && tensor.shape.rank() > 1;
        tensor.dtype = match dtype {
            DataType::Int16 if is_weights => DataType::Int8,
            _ => dtype,
        };
        let can_be_quantized = tensor.dtype.is_quantizable() && tensor.dtype != DataType::Int32;
        tensor.quantization = can_be_quantized.then(|| Quantization::per_tensor(0.5, 0));
        let bytes = tensor.dtype.bytes_for(tensor.shape.elements());
        if let (Some(constant), Some(bytes)) = (&mut tensor.constant, bytes) {
            *constant = Constant::copied(&vec![0; bytes]);
        }
    }
    let Ok(graph) = Graph::new(parts) else {
        return false;
    };
    let inputs: Vec<Shape> = case
        .inputs(0)
        .iter()
        .map(|value| value.shape().clone())
        .collect();
    let Ok(shapes) = infer_shapes(&graph, &inputs) else {
        return false;
    };
    let mut nodes = graph.node_ids();
    nodes.all(|id| {
        delegate
            .supports(&NodeContext::new(&graph, id, &shapes))
            .is_ok()
    })
}
