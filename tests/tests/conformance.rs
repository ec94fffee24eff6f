//! Both backends against the suite, and the suite against itself.

mod place;
mod sabotage;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use demilite_conformance::expectations::{Expectations, Kind};
use demilite_conformance::float_bound::Bound;
use demilite_conformance::report::Outcome;
use demilite_conformance::{Case, Elements, Options, Report, Verdict, cases, drawn, judge, run};
use demilite_core::graph::infer_shapes;
use demilite_core::{
    Constant, DataType, Delegate, Graph, GraphParts, Model, NodeContext, Quantization, Shape,
    Tensor, TensorId, for_each_op,
};
use demilite_cpu::{CpuDelegate, CpuOptions, Fusion, InstructionSet};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuDelegate, GpuError, GpuOptions, Precision, ProductMethod};
use demilite_needs::Need;

/// Seeds of drawn cases that the fast CPU delegate is held to.
const DRAWN_ON_THE_CPU: u64 = 48;

/// Seeds of drawn cases that the GPU is held to.
const DRAWN_ON_THE_GPU: u64 = 24;

fn options(delegate: &str, bound: Bound) -> Options {
    Options {
        filter: place::filter(),
        expectations: Expectations::known_of(delegate),
        bound,
        elements: Elements::All,
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
    let report = run(&reference, &options("reference", Bound::Float32));
    let differing = report.count(Outcome::WithinTolerance);
    assert_eq!(differing, 0, "it differs from itself");
    holds(&report, "REFERENCE");
}

/// A device of this precision; `None` where there is none and need be none.
fn gpu(precision: Precision) -> Option<Arc<dyn Delegate>> {
    opened(GpuOptions::default().precision(precision))
}

fn opened(options: GpuOptions) -> Option<Arc<dyn Delegate>> {
    // Kernels write their outputs alone.
    let options = options.guard_bands(true);
    match GpuDelegate::open(options) {
        Ok(gpu) => Some(Arc::new(gpu)),
        Err(error @ GpuError::NoCooperativeMatrices { .. }) => {
            demilite_needs::leave_out(error);
            None
        }
        Err(error) => {
            demilite_needs::skip(Need::Gpu, error);
            None
        }
    }
}

fn on_the_gpu(precision: Precision, bound: Bound, elements: Elements) {
    let variable = match elements {
        Elements::Integers => "INTEGER",
        Elements::All | Elements::Floats => "FLOAT",
    };
    if let Some(gpu) = gpu(precision) {
        let options = Options {
            elements,
            ..options("gpu", bound)
        };
        let report = run(&gpu, &options);
        if report.entries.is_empty() && !place::filter().is_empty() {
            println!("the filter has no such cases: {elements:?}");
            return;
        }
        holds(&report, variable);
    }
}

/// Drawn cases of these seeds; what the GPU rejects of them, the expectations list.
#[test]
fn the_gpu_holds_on_drawn_cases() {
    let Some(gpu) = gpu(Precision::F32) else {
        return;
    };
    let expectations = Expectations::known_of("gpu");
    let is_listed = |case: &Case| {
        let line = expectations.of(case.name());
        line.is_some_and(|(_, line)| line.kind == Kind::Unsupported)
    };
    let mut ran = 0;
    let mut failures = Vec::new();
    for case in drawn::cases(0..DRAWN_ON_THE_GPU) {
        match judge(&gpu, &case, Bound::Float32) {
            Verdict::Rejected(_) if is_listed(&case) => {}
            Verdict::Rejected(reject) => {
                failures.push(format!("{}: it is rejected: {reject}", case.name()));
            }
            Verdict::Exact | Verdict::WithinTolerance(_) => ran += 1,
            Verdict::Failed(reason) => failures.push(format!("{}: {reason}", case.name())),
        }
    }
    println!("gpu: {ran} drawn cases, {} failed", failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(ran as u64 >= 12 * DRAWN_ON_THE_GPU, "{ran}");
}

#[test]
fn the_gpu_holds_with_float32_activations() {
    on_the_gpu(Precision::F32, Bound::Float32, Elements::Floats);
}

/// Float32 but for float16 weights: the cases with these.
#[test]
fn the_gpu_holds_by_its_own_choice_of_activations() {
    if let Some(gpu) = gpu(Precision::Auto) {
        let options = Options {
            filter: "float16".to_owned(),
            ..options("gpu", Bound::ByWeights)
        };
        holds(&run(&gpu, &options), "CHOSEN");
    }
}

#[test]
fn the_gpu_holds_with_float16_activations() {
    on_the_gpu(Precision::F16, Bound::Float16, Elements::Floats);
}

/// Cases without floats, which are the same to a device of any precision.
#[test]
fn the_gpu_holds_with_integers() {
    on_the_gpu(Precision::F32, Bound::Float32, Elements::Integers);
}

/// A fast CPU delegate on these instructions, where the processor has them.
fn cpu(set: InstructionSet, threads: usize, fusion: Fusion) -> Option<Arc<dyn Delegate>> {
    let threads = NonZeroUsize::new(threads).expect("there are threads");
    let options = CpuOptions::default()
        .with_instruction_set(set)
        .with_threads(threads)
        .with_fusion(fusion);
    match CpuDelegate::new(&options) {
        Ok(cpu) => Some(Arc::new(cpu)),
        Err(error) => {
            demilite_needs::leave_out(error);
            None
        }
    }
}

#[test]
fn the_cpu_holds_on_all_instructions_and_with_any_number_of_threads() {
    for set in InstructionSet::ALL {
        for (threads, fusion) in [(1, Fusion::Always), (3, Fusion::Large)] {
            if let Some(cpu) = cpu(set, threads, fusion) {
                println!("cpu: {set:?}, {threads} threads, fusion {fusion:?}");
                holds(&run(&cpu, &options("cpu", Bound::Float32)), "CPU");
            }
        }
    }
}

/// Drawn cases, in which shapes and parameters are anything.
#[test]
fn the_cpu_holds_on_drawn_cases() {
    for cpu in InstructionSet::ALL
        .into_iter()
        .filter_map(|set| cpu(set, 2, Fusion::Off))
    {
        let mut ran = 0;
        let mut failures = Vec::new();
        for case in drawn::cases(0..DRAWN_ON_THE_CPU) {
            match judge(&cpu, &case, Bound::Float32) {
                Verdict::Rejected(_) => {}
                Verdict::Exact | Verdict::WithinTolerance(_) => ran += 1,
                Verdict::Failed(reason) => failures.push(format!("{}: {reason}", case.name())),
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        assert!(ran as u64 >= 4 * DRAWN_ON_THE_CPU, "{ran}");
    }
}

/// Cases of the ops whose products the GPU computes in several ways, in each way that it may not choose by itself.
fn the_gpu_holds_by(products: ProductMethod) {
    let precisions = [
        (Precision::F32, Bound::Float32),
        (Precision::F16, Bound::Float16),
    ];
    for (precision, bound) in precisions {
        let Some(gpu) = opened(
            GpuOptions::default()
                .precision(precision)
                .products(products),
        ) else {
            continue;
        };
        for op in [
            "conv_2d",
            "transpose_conv",
            "fully_connected",
            "batch_matmul",
        ] {
            let options = Options {
                filter: format!("{op}/float32"),
                ..options("gpu", bound)
            };
            holds(&run(&gpu, &options), "PRODUCT");
        }
    }
}

#[test]
fn the_gpu_holds_by_tiles() {
    the_gpu_holds_by(ProductMethod::Tiles);
}

#[test]
fn the_gpu_holds_by_cooperative_matrices() {
    the_gpu_holds_by(ProductMethod::CooperativeMatrices);
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

/// Ops that keep state or call other graphs, which a case, one graph run from scratch, does not show:
/// `cpu-reference/tests` runs them again and again, and real models hold them to LiteRT.
const WITH_STATE: [&str; 4] = [
    "assign_variable",
    "control_flow",
    "read_variable",
    "var_handle",
];

/// Ops that the cases of HASHTABLE have besides.
const ON_TABLES: [&str; 3] = ["hashtable_find", "hashtable_import", "hashtable_size"];

#[test]
fn every_op_has_cases() {
    let cases = cases::all();
    let with_cases: BTreeSet<&str> = cases.iter().map(Case::op).collect();
    let without: Vec<&str> = op_files()
        .into_iter()
        .filter(|op| !with_cases.contains(op) && !ON_TABLES.contains(op))
        .collect();
    assert_eq!(without, WITH_STATE);
}

/// Ops without parameters to draw, or whose storage is drawn up by hand.
const NOT_DRAWN: [&str; 4] = ["densify", "range", "rank", "shape_of"];

#[test]
fn every_op_is_drawn() {
    let cases: Vec<Case> = drawn::cases(0..1).collect();
    let drawn: BTreeSet<&str> = cases.iter().map(Case::op).collect();
    let not_drawn: Vec<&str> = op_files()
        .into_iter()
        .filter(|op| !drawn.contains(op) && !WITH_STATE.contains(op) && !ON_TABLES.contains(op))
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

/// The types of weights.
const WEIGHTS: [DataType; 6] = [
    DataType::Float32,
    DataType::Float16,
    DataType::Int8,
    DataType::UInt8,
    DataType::Int4,
    DataType::Int2,
];

/// Whatever type a backend takes for the weights beneath activations of a type, there is a case of it.
#[test]
fn every_type_of_weights_that_a_backend_takes_has_cases() {
    let cases = cases::all();
    let kind = |case: &Case| Some((case.op().to_owned(), case.dtype(), weights_of(case)?.1));
    let covered: BTreeSet<_> = cases.iter().filter_map(kind).collect();
    let mut uncovered = BTreeSet::new();
    for case in &cases {
        let Some((weights, _)) = weights_of(case) else {
            continue;
        };
        for dtype in WEIGHTS {
            let kind = (case.op().to_owned(), case.dtype(), dtype);
            if covered.contains(&kind) {
                continue;
            }
            let mut parts = case.graph().clone().into_parts();
            retype(&mut parts.tensors[weights.0], dtype);
            if takes_graph(&ReferenceDelegate::default(), case, parts) {
                uncovered.insert(kind);
            }
        }
    }
    assert!(uncovered.is_empty(), "{uncovered:?}");
}

/// The weights of a convolution or fully connected layer, with their type in the file.
fn weights_of(case: &Case) -> Option<(TensorId, DataType)> {
    const WEIGH: [&str; 4] = [
        "conv_2d",
        "depthwise_conv_2d",
        "fully_connected",
        "transpose_conv",
    ];
    let last = case.graph().nodes().last()?;
    let weights = last.inputs.get(1).copied().flatten()?;
    let tensor = case.graph().tensor(weights);
    let is_weights = WEIGH.contains(&case.op()) && tensor.constant.is_some();
    is_weights.then_some((weights, tensor.dtype))
}

/// Makes another type of a tensor, with zeros if it is constant.
fn retype(tensor: &mut Tensor, dtype: DataType) {
    tensor.dtype = dtype;
    let can_be_quantized = dtype.is_quantizable() && dtype != DataType::Int32;
    tensor.quantization = can_be_quantized.then(|| Quantization::per_tensor(0.5, 0));
    let bytes = dtype.bytes_for(tensor.shape.elements());
    if let (Some(constant), Some(bytes)) = (&mut tensor.constant, bytes) {
        *constant = Constant::copied(&vec![0; bytes]);
    }
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
        let dtype = match dtype {
            DataType::Int16 if is_weights => DataType::Int8,
            _ => dtype,
        };
        retype(tensor, dtype);
    }
    takes_graph(delegate, case, parts)
}

/// Whether a delegate takes each node of a graph that is like that of a case.
fn takes_graph(delegate: &dyn Delegate, case: &Case, parts: GraphParts) -> bool {
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
