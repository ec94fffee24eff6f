//! Damaged files on the GPU, with the reference behind it.

use std::cell::Cell;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use demilite_core::{DataType, Delegate, Model, schema};
use demilite_gpu::{GpuContext, GpuDelegate, GpuError, GpuOptions};
use demilite_needs::Need;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;

use super::alteration::{Alteration, alteration, altered};
use super::course::built_and_run;
use super::harmless::{Harmless, changed, harmless};
use super::mutation::{Damage, damage};
use super::original::originals;
use super::{runner, seed};

/// Files that one run of the test tries: a software adapter compiles the kernels of each for tens of milliseconds.
const FILES: u32 = 400;

/// How long one file may take on its way; a kernel that is compiled anew takes a software adapter well below a second.
const PATIENCE: Duration = Duration::from_secs(30);

static GPU: LazyLock<Result<Arc<GpuContext>, GpuError>> =
    LazyLock::new(|| GpuContext::open(GpuOptions::default().guard_bands(true)));

/// The delegates `[gpu, reference]`; `None` where there is no adapter and none is asked for.
fn delegates() -> Option<[Arc<dyn Delegate>; 2]> {
    match &*GPU {
        Ok(context) => Some([
            Arc::new(GpuDelegate::new(Arc::clone(context))),
            Arc::new(demilite_custom_ops::reference()),
        ]),
        Err(error) => {
            demilite_needs::skip(Need::Gpu, error);
            None
        }
    }
}

/// Whether every value of a model is an integer: it then gives the same bytes on every delegate.
fn is_of_integers(model: &Model) -> bool {
    let mut tensors = model.graphs().iter().flat_map(|graph| graph.tensors());
    use DataType::{Bool, Int8, Int16, Int32, UInt8};
    tensors.all(|tensor| matches!(tensor.dtype, Int8 | UInt8 | Int16 | Int32 | Bool))
}

/// Runs a file on the GPU and the reference, and on the reference alone; gives how many nodes the GPU ran.
pub(crate) fn runs_alike(file: &[u8], delegates: &[Arc<dyn Delegate>; 2]) -> Result<usize, String> {
    let Ok(model) = Model::from_bytes(file, "damaged") else {
        return Ok(0);
    };
    let model = Arc::new(model);
    let expected = built_and_run(&model, None, &delegates[1..]);
    let started = Instant::now();
    let course = built_and_run(&model, None, delegates);
    let took = started.elapsed();
    if let Some(fault) = course.device_fault {
        return Err(format!("the device: {fault}"));
    }
    if took > PATIENCE {
        return Err(format!("it took {took:?}"));
    }
    if expected.is_unsupported {
        return Ok(course.nodes);
    }
    if course.reached != expected.reached {
        return Err(format!(
            "{:?} on the GPU ({}), and {:?} on the reference ({})",
            course.reached, course.reason, expected.reached, expected.reason
        ));
    }
    if is_of_integers(&model) {
        for (index, (output, expected)) in
            std::iter::zip(&course.outputs, &expected.outputs).enumerate()
        {
            if output.bytes() != expected.bytes() {
                return Err(format!("output {index} has other bytes"));
            }
        }
    }
    Ok(course.nodes)
}

#[test]
fn damaged_files_run_on_the_gpu_as_on_the_reference() {
    let Some(delegates) = delegates() else {
        return;
    };
    let originals = originals();
    let (files, nodes) = (Cell::new(0_u32), Cell::new(0_usize));
    let kinds = (
        any::<Index>(),
        prop_oneof![
            1 => prop::collection::vec(damage(), 1..3).prop_map(Damaged::Bytes),
            2 => prop::collection::vec(alteration(), 1..3).prop_map(Damaged::Meaning),
            2 => prop::collection::vec(harmless(), 1..3).prop_map(Damaged::Harmless),
        ],
    );
    let result = runner(FILES).run(&kinds, |(original, change)| {
        let original = &originals[original.index(originals.len())];
        let file = match &change {
            Damaged::Bytes(damage) => original.damaged(damage),
            Damaged::Meaning(alterations) => altered(original, alterations),
            Damaged::Harmless(changes) => changed(original, changes),
        };
        let ran = runs_alike(&file, &delegates)
            .map_err(|reason| TestCaseError::fail(format!("{}: {reason}", original.name)))?;
        files.set(files.get() + u32::from(ran > 0));
        nodes.set(nodes.get() + ran);
        Ok(())
    });
    println!(
        "DEMILITE_SEED={}: {FILES} files, {} of them with {} nodes on the GPU",
        seed(),
        files.get(),
        nodes.get()
    );
    result.unwrap_or_else(|error| panic!("DEMILITE_SEED={}: {error}", seed()));
    // Two of five files run wherever the original does, and the GPU takes most of what is in these.
    assert!(files.get() > FILES / 10, "{} files", files.get());
}

/// What damage has shown, each as small as it can be.
#[test]
fn findings_stay_fixed() {
    let Some(delegates) = delegates() else {
        return;
    };
    for original in originals() {
        let mut model = original.model();
        let graph = &mut model.subgraphs.as_mut().expect("graphs")[0];
        let tensors = graph.tensors.as_mut().expect("tensors");
        let is_named = |start: &str| original.name.starts_with(start);
        if is_named("expand_dims/int8") || is_named("expand_dims/int16") {
            // It ran without the scale of its output, and the reference refused it.
            tensors[0].quantization = None;
        } else if is_named("densify/float16") {
            // Its output had another type than its input.
            tensors.iter_mut().for_each(|tensor| {
                if tensor.sparsity.is_none() {
                    tensor.tensor_type = INT32;
                }
            });
        } else {
            continue;
        }
        let file = schema::write(&model).expect("the format holds it");
        assert_eq!(runs_alike(&file, &delegates), Ok(0), "{}", original.name);
    }
}

/// The code of int32 in the schema.
const INT32: i8 = 2;

/// A change to a file.
#[derive(Debug, Clone)]
enum Damaged {
    Bytes(Vec<Damage>),
    Meaning(Vec<Alteration>),
    Harmless(Vec<Harmless>),
}
