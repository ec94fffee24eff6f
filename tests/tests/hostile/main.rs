//! Files that are damaged or that mean harm: an error, never a panic, never more memory than their
//! size accounts for.

mod adversarial;
mod allocation;
mod alteration;
mod mutation;
#[path = "../place/mod.rs"]
mod place;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::sync::Arc;

use allocation::peak_bytes;
use alteration::{alteration, altered};
use demilite_core::graph::infer_shapes;
use demilite_core::{CompileError, Graph, Model, Op, Session, Shape, TensorId, Value};
use demilite_cpu_reference::ReferenceDelegate;
use mutation::{Original, damage};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// Files that one run of each test tries.
const FILES: u32 = 20_000;

/// Files of `DEMILITE_MODELS` that are larger are left out: nearly all of them is weights.
const LARGEST_FILE: usize = 100_000;

/// Bytes that one tensor of a damaged model may take.
const TENSOR_LIMIT: usize = 1 << 20;

/// Multiplications that a damaged model may ask for and still be run.
const WORK_LIMIT: u128 = 5_000_000;

/// Bytes that reading may take for each byte of the file, and once.
const BYTES_PER_BYTE: usize = 64;
const BYTES_ONCE: usize = 1 << 20;

/// How far one damaged file came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Refused,
    Loaded,
    Built,
    Ran,
}

#[test]
fn damaged_files_give_errors_or_run() {
    let counts = every_file_holds(damage(), |original, damage| original.damaged(damage));
    assert!(counts[&Reached::Refused] > FILES / 2, "{counts:?}");
    assert!(counts[&Reached::Ran] > FILES / 50, "{counts:?}");
}

#[test]
fn files_that_say_something_else_give_errors_or_run() {
    let counts = every_file_holds(alteration(), altered);
    assert!(counts[&Reached::Loaded] > FILES / 10, "{counts:?}");
    assert!(counts[&Reached::Ran] > FILES / 10, "{counts:?}");
}

/// Makes [`FILES`] files of the originals, each with a few changes, and puts them to the test.
/// Returns how many came how far.
fn every_file_holds<C: Debug + Clone>(
    change: impl Strategy<Value = C>,
    apply: impl Fn(&Original, &[C]) -> Vec<u8>,
) -> BTreeMap<Reached, u32> {
    let originals = originals();
    let seed: u64 = match std::env::var("DEMILITE_SEED") {
        Ok(seed) => seed.parse().expect("DEMILITE_SEED is a number"),
        Err(_) => 0,
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: FILES,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let counts = RefCell::new(BTreeMap::new());
    let files = (0..originals.len(), prop::collection::vec(change, 1..4));
    let result = runner.run(&files, |(original, changes)| {
        let file = apply(&originals[original], &changes);
        let reached = put_to_the_test(&file).map_err(TestCaseError::fail)?;
        *counts.borrow_mut().entry(reached).or_insert(0) += 1;
        Ok(())
    });
    let counts = counts.into_inner();
    println!(
        "DEMILITE_SEED={seed}: {FILES} files from {}: {counts:?}",
        originals.len()
    );
    match result {
        Ok(()) => counts,
        Err(TestError::Fail(reason, (original, changes))) => panic!(
            "DEMILITE_SEED={seed}: {} with {changes:?}: {reason}",
            originals[original].name
        ),
        Err(error) => panic!("DEMILITE_SEED={seed}: {error}"),
    }
}

/// The bundled models, and small ones of the folder of real models where it is there.
fn originals() -> Vec<Original> {
    let bundled = place::repository().join("models/shapes");
    let mut files = models_in(&bundled);
    assert!(
        files.len() >= 3,
        "{} models in {}",
        files.len(),
        bundled.display()
    );
    if let Ok(folders) = fs::read_dir(place::models()) {
        for folder in folders.flatten() {
            files.extend(models_in(&folder.path()));
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn models_in(folder: &std::path::Path) -> Vec<Original> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let models = entries.filter(|entry| {
        let is_small = entry
            .metadata()
            .is_ok_and(|data| data.len() <= LARGEST_FILE as u64);
        let is_bundled = folder.ends_with("shapes");
        (is_small || is_bundled) && entry.path().extension().is_some_and(|e| e == "tflite")
    });
    models
        .map(|entry| Original::new(entry.file_name().to_string_lossy(), &entry.path()))
        .collect()
}

/// Reads, and as far as it goes compiles and runs a damaged file.
fn put_to_the_test(file: &[u8]) -> Result<Reached, String> {
    let (model, peak) = peak_bytes(|| Model::from_bytes(file, "damaged"));
    let allowed = BYTES_ONCE + BYTES_PER_BYTE * file.len();
    if peak > allowed {
        return Err(format!(
            "reading {} bytes took {peak}, over {allowed}",
            file.len()
        ));
    }
    let Ok(model) = model else {
        return Ok(Reached::Refused);
    };
    let graph = &model.graphs()[0];
    let inputs: Vec<Shape> = stated_shapes(graph, graph.inputs());
    let Ok(shapes) = infer_shapes(graph, &inputs) else {
        return Ok(Reached::Loaded);
    };
    let is_small = work(graph, &shapes).is_some_and(|work| work <= WORK_LIMIT);
    let model = Arc::new(model);
    let builder = Session::builder(Arc::clone(&model)).memory_limit(TENSOR_LIMIT);
    let built: Result<Session, CompileError> = builder
        .delegate(Arc::new(ReferenceDelegate::default()))
        .build();
    let Ok(mut session) = built else {
        return Ok(Reached::Loaded);
    };
    if !is_small {
        return Ok(Reached::Built);
    }
    let values = model.graphs()[0].inputs().iter().zip(&inputs);
    let values: Result<Vec<Value>, _> = values
        .map(|(&id, shape)| Value::zeros(model.graphs()[0].tensor(id).dtype, shape.clone()))
        .collect();
    let Ok(values) = values else {
        return Ok(Reached::Built);
    };
    Ok(match session.run(&values) {
        Ok(_) => Reached::Ran,
        Err(_) => Reached::Built,
    })
}

fn stated_shapes(graph: &Graph, tensors: &[TensorId]) -> Vec<Shape> {
    tensors
        .iter()
        .map(|&id| graph.tensor(id).shape.clone())
        .collect()
}

/// About how many multiplications a graph asks for, where all shapes are known and small.
fn work(graph: &Graph, shapes: &[Option<Shape>]) -> Option<u128> {
    let elements = |id: TensorId| Some(shapes[id.0].as_ref()?.checked_elements()? as u128);
    graph.nodes().iter().try_fold(0, |total: u128, node| {
        let written = node
            .outputs
            .iter()
            .map(|&id| elements(id))
            .sum::<Option<u128>>()?;
        let input = |index: usize| node.inputs.get(index).copied().flatten();
        let each = match &node.op {
            Op::Conv2d(_) | Op::FullyConnected(_) => {
                let weights = shapes[input(1)?.0].as_ref()?;
                weights
                    .iter()
                    .skip(1)
                    .map(|&extent| extent as u128)
                    .product()
            }
            Op::DepthwiseConv2d(_) => {
                let weights = shapes[input(1)?.0].as_ref()?;
                weights[1..3].iter().map(|&extent| extent as u128).product()
            }
            _ => {
                let read = node.inputs.iter().flatten();
                read.map(|&id| elements(id))
                    .sum::<Option<u128>>()?
                    .min(1 << 12)
            }
        };
        total.checked_add(written.checked_mul(each)?)
    })
}
